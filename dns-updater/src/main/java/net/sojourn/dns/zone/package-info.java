/** Which zone a name is in, and which servers answer for it. */
@NullMarked
package net.sojourn.dns.zone;

import org.jspecify.annotations.NullMarked;
