/** Tests. */
@NullMarked
package net.sojourn.dns.guard;

import org.jspecify.annotations.NullMarked;
