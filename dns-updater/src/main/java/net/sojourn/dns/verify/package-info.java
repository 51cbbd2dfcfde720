/** Asks the servers what they publish. */
@NullMarked
package net.sojourn.dns.verify;

import org.jspecify.annotations.NullMarked;
