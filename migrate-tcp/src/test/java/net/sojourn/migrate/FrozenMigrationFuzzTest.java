package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.SplittableRandom;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.fuzz.ByteReader;
import net.sojourn.stack.fuzz.OctetEdits;
import net.sojourn.stack.tcp.TcbSoundness;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;

/**
 * What Migrate froze of a connection, at any moment of a move, with octets that somebody has changed: it is refused with
 * the whole, or the connection that is thawed lives, moves and waits on without harm to its stack.
 */
class FrozenMigrationFuzzTest {

    private static final int ROUNDS = 600;
    /** Behind what TCP wrote. */
    private static final int MIGRATE_OCTETS = 500;

    private static final List<MigrateSettings> SUITES = List.of(
            MigrateSettings.defaults(),
            MigrateSettings.defaults().withEarly(false),
            MigrateSettings.classic(),
            MigrateSettings.defaults().withResumeWindowNanos(10 * SECOND));

    @FuzzTest(maxDuration = "5m")
    void changedStates(byte[] input) {
        thaw(input);
    }

    /** The same without a fuzzer, each time. */
    @Test
    void randomChanges() {
        SplittableRandom random = new SplittableRandom(20_031);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = new byte[4 + random.nextInt(4 * 4)];
            random.nextBytes(input);
            accepted += thaw(input) ? 1 : 0;
        }
        assertTrue(accepted > ROUNDS / 20 && accepted < ROUNDS, accepted + " of " + ROUNDS + " accepted");
    }

    /** @return whether it was accepted */
    private static boolean thaw(byte[] input) {
        ByteReader in = new ByteReader(input);
        int choice = in.u8();
        LinkSettings link = LinkSettings.delay(20 * MILLI);
        try (MovingWorld w = new MovingWorld(choice, link, SUITES.get(choice & 3)).established()) {
            w.fixed.application.send(5_000);
            if ((choice & 4) != 0) {
                w.moves(w.mobile, "10.2.0.1");
            } else if ((choice & 8) != 0) {
                w.losesItsAddress(w.mobile);
            }
            w.world.run(in.u8() * MILLI);
            MovingWorld.End end = (choice & 16) != 0 ? w.mobile : w.fixed;
            byte[] state = OctetEdits.of(
                    end.host.freeze(), in, (number, length) -> length - 1 - number % Math.min(MIGRATE_OCTETS, length));
            w.world.run(SECOND);
            MigrateExtension extension = end.renewed();
            try {
                end.host.thaw(state, SECOND, extension);
            } catch (FrozenStateException e) {
                assertEquals(0, extension.connections().size());
                assertEquals(0, extension.pendingHandshakes());
                assertEquals(0, end.host.machine().tcp().connections().size());
                assertEquals(0, end.host.machine().deadlineCount());
                return false;
            }
            w.moves(w.mobile, "10.2.0.2");
            for (int i = 0; i < 20; i++) {
                w.world.run(SECOND);
                end.host.machine().tcp().connections().forEach(TcbSoundness::assertSound);
            }
            return true;
        }
    }
}
