/** The TUN device and the stack's port on it. What the host's network needs around it is in {@code attach}. */
@NullMarked
package net.sojourn.tun;

import org.jspecify.annotations.NullMarked;
