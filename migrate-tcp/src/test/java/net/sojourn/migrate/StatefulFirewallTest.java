package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Moves past a firewall that follows sequence numbers as Linux does (nf_conntrack, not liberal): nothing may begin but by a
 * SYN, acknowledge what it has not seen, or lie beyond the window it has seen. Much text is in flight each way.
 */
@ExtendWith(LeakCheck.class)
class StatefulFirewallTest {

    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final long BYTES = 5_000_000;

    /** What the firewall knows of one end of a connection. */
    private static final class Side {
        long end;
        long maxEnd;
        int scale;
        int synWindow;
    }

    private static final class Firewall {
        private final Map<String, Side> sides = new HashMap<>();
        private int invalid;
        private String last = "";

        /** Sequence numbers are unwrapped near what is known. */
        private static long near(long known, int seq) {
            return known + (seq - (int) known);
        }

        boolean passes(ByteBuf packet) {
            int ip = packet.readerIndex();
            int tcp = ip + 20;
            String there = packet.getInt(ip + 12) + "." + packet.getUnsignedShort(tcp) + ">" + packet.getInt(ip + 16)
                    + "." + packet.getUnsignedShort(tcp + 2);
            String back = packet.getInt(ip + 16) + "." + packet.getUnsignedShort(tcp + 2) + ">" + packet.getInt(ip + 12)
                    + "." + packet.getUnsignedShort(tcp);
            int flags = packet.getUnsignedByte(tcp + 13);
            int headerBytes = (packet.getUnsignedByte(tcp + 12) >> 4) * 4;
            int length = packet.readableBytes() - 20 - headerBytes + (flags & 1) + (flags >> 1 & 1);
            boolean begins = (flags & (SYN | ACK)) == SYN;
            if (begins) {
                sides.put(there, new Side());
                sides.put(back, new Side());
            }
            Side sender = sides.get(there);
            Side receiver = sides.get(back);
            if (sender == null || receiver == null) {
                invalid++;
                last = there + " flags " + flags + " without a SYN";
                return false;
            }
            int seq = packet.getInt(tcp + 4);
            if ((flags & SYN) != 0) {
                sender.end = Integer.toUnsignedLong(seq) + length;
                // The SYN's window counts for who answers it, as in kernels since 6.0.
                sender.maxEnd = sender.end + (begins ? 0 : receiver.synWindow);
                sender.synWindow = packet.getUnsignedShort(tcp + 14);
                sender.scale = scale(packet, tcp, headerBytes);
            }
            long start = near(sender.end, seq);
            long ack = (flags & ACK) == 0 ? receiver.end : near(receiver.end, packet.getInt(tcp + 8));
            boolean fits = start <= sender.maxEnd && ack <= receiver.end;
            if (!fits) {
                invalid++;
                last = there + " flags " + flags + ", " + length + " octets, beyond the window by "
                        + (start - sender.maxEnd) + ", acknowledges unseen " + (ack - receiver.end);
                return false;
            }
            sender.end = Math.max(sender.end, start + length);
            int window = packet.getUnsignedShort(tcp + 14) << ((flags & SYN) != 0 ? 0 : sender.scale);
            receiver.maxEnd = Math.max(receiver.maxEnd, ack + window);
            return true;
        }

        private static int scale(ByteBuf packet, int tcp, int headerBytes) {
            for (int at = tcp + 20; at + 2 < tcp + headerBytes; ) {
                int kind = packet.getUnsignedByte(at);
                if (kind == 3) {
                    return packet.getUnsignedByte(at + 2);
                }
                at += kind <= 1 ? 1 : packet.getUnsignedByte(at + 1);
            }
            return 0;
        }
    }

    @ParameterizedTest(name = "early {0}, laptop {1}, break first {2}")
    @CsvSource({
        "true, true, true",
        "true, true, false",
        "true, false, true",
        "true, false, false",
        "false, true, true",
        "false, true, false",
        "false, false, true",
        "false, false, false"
    })
    void nothingIsInvalid(boolean early, boolean laptop, boolean breakFirst) {
        Firewall firewall = new Firewall();
        MigrateSettings settings = MigrateSettings.defaults().withEarly(early);
        try (MovingWorld w = new MovingWorld(7, LinkSettings.delay(50 * MILLI), settings)) {
            w.world.fate((from, packet) -> firewall.passes(packet) ? 1 : 0);
            w.established();
            firewall.invalid = 0; // the first SYN was on its way already
            w.mobile.application.sendThenClose(BYTES);
            w.fixed.application.sendThenClose(BYTES);
            w.world.runUntil(() -> w.mobile.application.received() > BYTES / 4, 60 * SECOND);
            End mover = laptop ? w.mobile : w.fixed;
            String to = laptop ? "10.2.0.1" : "10.8.0.1";
            if (breakFirst) {
                w.moves(mover, to);
            } else {
                w.movesMakeBeforeBreak(mover, to);
            }
            w.world.run(SECOND);
            assertTrue(w.agrees());
            assertEquals(1, mover.events(MigrationEvent.MigrateSynSent.class).size());
            assertEquals(0, firewall.invalid, firewall.last);
            w.finish(BYTES, 120 * SECOND);
            assertEquals(0, firewall.invalid, firewall.last);
        }
    }
}
