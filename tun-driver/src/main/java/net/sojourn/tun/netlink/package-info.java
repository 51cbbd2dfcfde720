/** rtnetlink: links, addresses and routes of a network namespace, asked, changed and watched. */
@NullMarked
package net.sojourn.tun.netlink;

import org.jspecify.annotations.NullMarked;
