package net.sojourn.testbed.middlebox;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.Middlebox;

/**
 * A firewall that gives every connection initial sequence numbers of its own choice, for both ends, and translates sequence
 * numbers, acknowledgements and SACK blocks from then on. Segments of connections that it did not see begin are dropped.
 */
public final class SequenceRewriter implements Middlebox {

    /** What is added to the numbers of the end that began, and of the other one. */
    private record Shift(Direction opener, int ofOpener, int ofOther) {
        int of(Direction sender) {
            return sender == opener ? ofOpener : ofOther;
        }
    }

    private final Random random;
    private final Map<String, Shift> connections = new HashMap<>();
    private long rewritten;

    /** @param seed decides the numbers */
    public SequenceRewriter(long seed) {
        random = new Random(seed);
    }

    /** Segments altered so far. */
    public synchronized long rewritten() {
        return rewritten;
    }

    @Override
    public boolean passes(Direction direction, byte[] packet) {
        Optional<TcpInPacket> parsed = TcpInPacket.of(packet);
        if (parsed.isEmpty()) {
            return true;
        }
        TcpInPacket segment = parsed.get();
        String name = direction == Direction.A_TO_B
                ? segment.source() + ">" + segment.destination()
                : segment.destination() + ">" + segment.source();
        boolean opens = segment.has(TcpInPacket.SYN) && !segment.has(TcpInPacket.ACK);
        Shift shift = opens
                ? connections.computeIfAbsent(name, n -> new Shift(direction, random.nextInt(), random.nextInt()))
                : connections.get(name);
        if (shift == null) {
            return false;
        }
        int ofPeer = shift.of(direction == Direction.A_TO_B ? Direction.B_TO_A : Direction.A_TO_B);
        segment.seq(segment.seq() + shift.of(direction));
        if (segment.has(TcpInPacket.ACK)) {
            segment.ack(segment.ack() - ofPeer);
            segment.eachOption(TcpInPacket.KIND_SACK, (octets, at, length) -> {
                for (int edge = at + 2; edge + 4 <= at + length; edge += 4) {
                    octets.putInt(edge, octets.getInt(edge) - ofPeer);
                }
            });
        }
        segment.finish();
        rewritten++;
        return true;
    }
}
