package net.sojourn.testbed.middlebox;

import java.util.Optional;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.Middlebox;

/** A normaliser that overwrites options of one kind with no-operations, as firewalls do with what they do not know. */
public final class OptionStripper implements Middlebox {

    /** From which segments. */
    public enum Where {
        /** SYN and SYN/ACK. */
        HANDSHAKES,
        /** All others. */
        BEHIND_HANDSHAKES,
        EVERYWHERE
    }

    private final int kind;
    private final Where where;
    private long stripped;

    public OptionStripper(int kind, Where where) {
        this.kind = kind;
        this.where = where;
    }

    /** Options overwritten so far. */
    public synchronized long stripped() {
        return stripped;
    }

    @Override
    public boolean passes(Direction direction, byte[] packet) {
        Optional<TcpInPacket> parsed = TcpInPacket.of(packet);
        if (parsed.isPresent() && concerns(parsed.get())) {
            TcpInPacket segment = parsed.get();
            segment.eachOption(kind, (octets, at, length) -> {
                for (int i = at; i < at + length; i++) {
                    octets.put(i, (byte) TcpInPacket.KIND_NOP);
                }
                stripped++;
            });
            segment.finish();
        }
        return true;
    }

    private boolean concerns(TcpInPacket segment) {
        return switch (where) {
            case HANDSHAKES -> segment.has(TcpInPacket.SYN);
            case BEHIND_HANDSHAKES -> !segment.has(TcpInPacket.SYN);
            case EVERYWHERE -> true;
        };
    }
}
