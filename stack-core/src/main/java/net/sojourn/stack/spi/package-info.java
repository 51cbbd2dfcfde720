/**
 * What the stack asks of its surroundings and offers to protocols that extend it: the device ({@link
 * net.sojourn.stack.spi.PacketPort}), TCP option protocols ({@link net.sojourn.stack.spi.TcpExtension}) and congestion
 * control. Everything here is called on the stack's own loop unless it says otherwise. No behaviour lives here.
 */
@NullMarked
package net.sojourn.stack.spi;

import org.jspecify.annotations.NullMarked;
