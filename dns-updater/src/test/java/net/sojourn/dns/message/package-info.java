/** Tests. */
@NullMarked
package net.sojourn.dns.message;

import org.jspecify.annotations.NullMarked;
