/** Channels of the stack against the JDK's own, and with Netty on top. */
@NullMarked
package net.sojourn.stack.channel;

import org.jspecify.annotations.NullMarked;
