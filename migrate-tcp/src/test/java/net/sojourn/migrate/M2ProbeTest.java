package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flag P: a path is tried and nothing moves (docs/protocol.md, "M2: probes and backups"). */
@ExtendWith(LeakCheck.class)
class M2ProbeTest {

    private static final int PROVE = 5;
    private static final IpAddress HOME = IpAddress.parse("10.1.0.1");
    private static final IpAddress AWAY = IpAddress.parse("10.2.0.1");
    private static final long ONE_WAY = 20 * MILLI;

    private static MovingWorld world(long seed) {
        MovingWorld w = new MovingWorld(seed, LinkSettings.delay(ONE_WAY), MigrateSettings.defaults()).established();
        w.mobile.host.addresses(HOME, AWAY);
        return w;
    }

    private static MoveOutcome probe(MovingWorld w) {
        return w.mobile.migration().probe(AWAY, w.world.nowNanos());
    }

    private static void finish(MovingWorld w) {
        w.mobile.application.sendThenClose(5_000);
        w.fixed.application.sendThenClose(5_000);
        w.finish(5_000, 60 * SECOND);
    }

    /** Both ends learn in 1 and 1.5 round trips that the path carries segments; the connection stays where it was. */
    @Test
    void probeTellsAndMovesNothing() {
        try (MovingWorld w = world(61)) {
            FourTuple before = w.fixed.migration().tuple();
            assertEquals(MoveOutcome.STARTED, probe(w));
            w.world.run(SECOND);
            List<MigrationEvent.PathProbed> here = w.mobile.events(MigrationEvent.PathProbed.class);
            List<MigrationEvent.PathProbed> there = w.fixed.events(MigrationEvent.PathProbed.class);
            assertEquals(1, here.size());
            assertEquals(1, there.size());
            assertEquals(AWAY, here.get(0).tuple().localAddress());
            assertEquals(here.get(0).tuple().reversed(), there.get(0).tuple());
            assertTrue(here.get(0).elapsedNanos() <= 2 * ONE_WAY + 2 * MILLI);
            assertEquals(before, w.fixed.migration().tuple());
            assertEquals(0, w.fixed.events(MigrationEvent.PathSwitched.class).size());
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            w.world.run(5 * SECOND);
            assertEquals(MigrationState.NONE, w.fixed.migration().state());
            finish(w);
        }
    }

    /** Where nothing comes back the prober is told so, and goes on. */
    @Test
    void unansweredProbe() {
        try (MovingWorld w = world(62)) {
            w.world.fate((from, packet) -> Packets.address(packet, 12).equals(AWAY) ? 0 : 1);
            probe(w);
            assertEquals(MoveOutcome.UNDER_WAY, probe(w));
            w.world.run(8 * SECOND);
            assertEquals(
                    1, w.mobile.events(MigrationEvent.ProbeUnanswered.class).size());
            assertEquals(MigrationState.NONE, w.mobile.migration().state());
            finish(w);
        }
    }

    /** The proof is lost: the answer comes again, and is proved again. */
    @Test
    void lostProofIsRepeated() {
        int[] proofs = new int[1];
        try (MovingWorld w = world(63)) {
            w.world.fate((from, packet) -> Packets.optionAt(packet, PROVE) >= 0 && proofs[0]++ == 0 ? 0 : 1);
            probe(w);
            w.world.run(3 * SECOND);
            assertEquals(2, proofs[0]);
            assertEquals(1, w.fixed.events(MigrationEvent.PathProbed.class).size());
            assertEquals(1, w.mobile.events(MigrationEvent.PathProbed.class).size());
            finish(w);
        }
    }

    /** Any number of probes, answered or not, proved or not, uses no more of the peer than one: a move is still heard. */
    @Test
    void probesDoNotUseUpTheWindow() {
        try (MovingWorld w = world(64)) {
            for (int i = 0; i < 60; i++) {
                int round = i;
                w.world.fate((from, packet) -> round % 3 == 1 && Packets.optionAt(packet, PROVE) >= 0
                                || round % 3 == 2 && Packets.address(packet, 16).equals(AWAY)
                        ? 0
                        : 1);
                probe(w);
                w.world.run(8 * SECOND);
            }
            w.world.fate((from, packet) -> 1);
            assertEquals(0, w.fixed.events(MigrationEvent.PathSwitched.class).size());
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(2 * SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** A move ends a probe; and while one is being made there is nothing to probe. */
    @Test
    void moveGoesBeforeProbe() {
        try (MovingWorld w = world(65)) {
            probe(w);
            w.mobile.migration().move(AWAY, w.world.nowNanos());
            assertEquals(MoveOutcome.REFUSED, probe(w));
            w.world.run(2 * SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** The classic suite has no form for it. */
    @Test
    void classicDoesNotProbe() {
        try (MovingWorld w =
                new MovingWorld(66, LinkSettings.delay(ONE_WAY), MigrateSettings.classic()).established()) {
            w.mobile.host.addresses(HOME, AWAY);
            assertEquals(MoveOutcome.REFUSED, probe(w));
            finish(w);
        }
    }
}
