package net.sojourn.testbed.dns;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import net.sojourn.dns.transport.AnswerFilter;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.SocketTransport;
import net.sojourn.dns.transport.Target;

/** Real sockets, and a copy of every update for whoever wants to replay it. */
final class CapturingTransport implements DnsTransport {

    private static final int UPDATE_OPCODE = 5;

    private final DnsTransport real = new SocketTransport();
    private final List<byte[]> updates = new CopyOnWriteArrayList<>();

    @Override
    public byte[] exchange(byte[] query, Target target, Duration timeout, AnswerFilter filter) throws IOException {
        if (((query[2] >> 3) & 0xF) == UPDATE_OPCODE) {
            updates.add(query.clone());
        }
        return real.exchange(query, target, timeout, filter);
    }

    List<byte[]> updates() {
        return updates;
    }
}
