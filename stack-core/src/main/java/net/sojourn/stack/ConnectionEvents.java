package net.sojourn.stack;

/**
 * What happens to a {@link TcpConnection}, for applications that do not block. Called on the stack's own thread, one call
 * at a time: it must return soon, and calls of the connection from here never wait.
 */
public interface ConnectionEvents {

    /** The handshake is complete. Not called for connections that were accepted. */
    default void established() {}

    /** Text, or the end of the stream, has arrived: call {@link TcpConnection#receive} until it gives nothing. */
    default void readable() {}

    /** After a write or send was told that there is no room: half of it is free again. */
    default void writable() {}

    /** The connection is gone. What was received before may still be read. Nothing is called any more. */
    default void ended(ConnectionFailure failure) {}
}
