package net.sojourn.tun.attach;

import java.io.Closeable;
import java.util.List;
import net.sojourn.stack.spi.PacketPort;

/** A stack's place in the network of its host. Any thread. */
public interface Attachment extends Closeable {

    /** What this changes on the host, a line each, for people. */
    List<String> plan();

    /** Where the stack's packets come and go. The stack closes it. */
    PacketPort port();

    /** Takes everything back; more than once does nothing. What it cannot take back it logs. */
    @Override
    void close();
}
