package net.sojourn.daemon.mobility;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.IpAddress;

/** Keeps the host's names at its addresses. Any thread; never blocks. */
public interface NameKeeper extends Closeable {

    /** No name is configured. */
    NameKeeper NONE = new NameKeeper() {
        @Override
        public void publish(Set<IpAddress> addresses) {}

        @Override
        public void push() {}

        @Override
        public List<String> status() {
            return List.of();
        }

        @Override
        public void close() {}
    };

    /** The names shall have exactly these addresses; the network has just changed, so whoever waits tries again. */
    void publish(Set<IpAddress> addresses);

    /** Tells the server again, whatever is known. */
    void push();

    /** Facts as {@code key=value}; empty without a configured name. */
    List<String> status();
}
