/** java.nio.channels shapes over TcpConnection: a SelectorProvider, so that NIO code and Netty run on a stack. */
@NullMarked
package net.sojourn.stack.channel;

import org.jspecify.annotations.NullMarked;
