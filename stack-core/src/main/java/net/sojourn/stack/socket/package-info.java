/** java.net shapes over TcpConnection. */
@NullMarked
package net.sojourn.stack.socket;

import org.jspecify.annotations.NullMarked;
