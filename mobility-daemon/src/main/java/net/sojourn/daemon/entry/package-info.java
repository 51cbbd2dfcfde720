/** Ways in for applications: SOCKS5, and published ports. */
@NullMarked
package net.sojourn.daemon.entry;

import org.jspecify.annotations.NullMarked;
