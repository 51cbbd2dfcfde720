package net.sojourn.testbed.middlebox;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.Middlebox;

/**
 * A translator of ports at the A end, where the inside is: the source port of each flow becomes one of its own, and nothing
 * comes in but to a port that is in use. It can be made to forget everything, as one does that restarts: then what goes out
 * gets another port, and what still comes to the old one is dropped. Addresses stay as they are.
 */
public final class PortTranslator implements Middlebox {

    private static final int FIRST_PORT = 20_000;

    private final Map<String, Integer> outside = new HashMap<>();
    private final Map<Integer, Integer> inside = new HashMap<>();
    private int next = FIRST_PORT;

    /** Loses every binding. */
    public synchronized void forget() {
        outside.clear();
        inside.clear();
    }

    @Override
    public boolean passes(Direction direction, byte[] packet) {
        Optional<TcpInPacket> parsed = TcpInPacket.of(packet);
        if (parsed.isEmpty()) {
            return true;
        }
        TcpInPacket segment = parsed.get();
        if (direction == Direction.A_TO_B) {
            int port = outside.computeIfAbsent(segment.source() + ">" + segment.destination(), flow -> bind(segment));
            segment.sourcePort(port);
        } else {
            Integer port = inside.get(segment.destinationPort());
            if (port == null) {
                return false;
            }
            segment.destinationPort(port);
        }
        segment.finish();
        return true;
    }

    private int bind(TcpInPacket segment) {
        int port = next++;
        inside.put(port, segment.sourcePort());
        return port;
    }
}
