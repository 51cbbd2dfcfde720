package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each of the three segments of a move lost, or come twice, over the real machine: protocol.md 2.5. */
@ExtendWith(LeakCheck.class)
class LostSegmentsTest {

    private static final long BYTES = 100_000;
    private static final LinkSettings LINK = LinkSettings.delay(20 * MILLI).rate(50_000_000);

    private enum Part {
        SYN,
        SYN_ACK,
        THIRD
    }

    /** Which part, how many copies of its first transmissions, how many of these, idle, the letter of the draft. */
    static Stream<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        for (Part part : Part.values()) {
            for (int copies : new int[] {0, 2}) {
                for (int times = 1; times <= 3; times++) {
                    for (int bits = 0; bits < 8; bits++) {
                        all.add(Arguments.of(part, copies, times, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0));
                    }
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void moveSucceeds(Part part, int copies, int times, boolean idle, boolean strict, boolean fixedMoves) {
        MigrateSettings settings = strict ? MigrateSettings.strict() : MigrateSettings.classic();
        try (MovingWorld w = new MovingWorld(31, LINK, settings).established()) {
            if (!idle) {
                w.mobile.application.sendThenClose(BYTES);
                w.fixed.application.sendThenClose(BYTES);
            }
            w.world.run(50 * MILLI);
            End mover = fixedMoves ? w.fixed : w.mobile;
            w.world.fate(new Selected(mover.host, part, copies, times));
            w.moves(mover, fixedMoves ? "10.8.0.1" : "10.2.0.1");
            w.world.run(20 * SECOND);
            assertEquals(1, w.fixed.events(MigrationEvent.PathSwitched.class).size());
            assertEquals(1, w.mobile.events(MigrationEvent.PathSwitched.class).size());
            if (idle) {
                w.mobile.application.sendThenClose(BYTES);
                w.fixed.application.sendThenClose(BYTES);
            }
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** So many copies of the first transmissions of one part of the exchange; the rest as usual. */
    private static final class Selected implements World.Fate {

        private static final int SYN = 2;
        private static final int ACK = 16;

        private final WorldHost mover;
        private final Part part;
        private final int copies;
        private int left;
        private boolean synAcked;

        Selected(WorldHost mover, Part part, int copies, int times) {
            this.mover = mover;
            this.part = part;
            this.copies = copies;
            this.left = times;
        }

        @Override
        public int copies(WorldHost from, ByteBuf packet) {
            int flags = packet.getByte(packet.readerIndex() + 33) & (SYN | ACK);
            boolean chosen =
                    switch (part) {
                        case SYN -> flags == SYN;
                        case SYN_ACK -> flags == (SYN | ACK);
                        case THIRD -> synAcked && from == mover && flags == ACK;
                    };
            synAcked |= flags == (SYN | ACK);
            if (!chosen || left == 0) {
                return 1;
            }
            left--;
            return copies;
        }
    }
}
