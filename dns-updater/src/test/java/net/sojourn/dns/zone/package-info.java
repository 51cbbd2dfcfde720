/** Tests. */
@NullMarked
package net.sojourn.dns.zone;

import org.jspecify.annotations.NullMarked;
