/** How a stack is attached to the network of its host: its own addresses, or a share of the host's. */
@NullMarked
package net.sojourn.tun.attach;

import org.jspecify.annotations.NullMarked;
