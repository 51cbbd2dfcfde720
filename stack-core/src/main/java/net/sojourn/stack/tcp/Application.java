package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;

/** Whoever uses a connection. Called on the loop; must not block and must not call back into the stack. */
public interface Application {

    /** The handshake is complete. */
    void established();

    /** Text, or the end of it, has arrived. */
    void readable();

    /** Room in the send buffer has become free, or our FIN has arrived. */
    void writable();

    /** The connection is gone; nothing is called any more. {@link ConnectionFailure#NONE} after an orderly close. */
    void ended(ConnectionFailure failure);
}
