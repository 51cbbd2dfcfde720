/** Tests. */
@NullMarked
package net.sojourn.dns.transport;

import org.jspecify.annotations.NullMarked;
