package net.sojourn.stack.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.SplittableRandom;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.tcp.TcbSoundness;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;

/**
 * A frozen stack whose octets somebody has changed: it is refused as a whole, or what is thawed is sound and lives on with
 * its peer without harm to the stack.
 */
class FrozenStateFuzzTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int ROUNDS = 1500;
    /** In front of the text. */
    private static final int NUMBERS_OCTETS = 360;

    @FuzzTest(maxDuration = "5m")
    void changedStates(byte[] input) {
        thaw(input);
    }

    /** The same without a fuzzer, each time. */
    @Test
    void randomChanges() {
        SplittableRandom random = new SplittableRandom(20_030);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = new byte[1 + random.nextInt(6 * 4)];
            random.nextBytes(input);
            accepted += thaw(input) ? 1 : 0;
        }
        assertTrue(accepted > ROUNDS / 20 && accepted < ROUNDS, accepted + " of " + ROUNDS + " accepted");
    }

    /** @return whether it was accepted */
    private static boolean thaw(byte[] input) {
        ByteReader in = new ByteReader(input);
        try (World world =
                World.seed(in.u8() & 7).link(LinkSettings.delay(5_000_000).loss(0.02))) {
            WorldHost client = world.host("client", "10.0.0.1", StackSettings.defaults());
            WorldHost server = world.host("server", "10.0.0.2", StackSettings.defaults());
            WorldApplication accepted = server.accept(80).send(3000);
            WorldApplication connected = client.connect(server.address(), 80).send(20_000);
            world.runUntil(connected::isEstablished, 10 * SECOND);
            connected.reading((world.seed() & 1) == 0);
            if ((world.seed() & 2) == 0) {
                connected.sendThenClose(0);
            }
            if ((world.seed() & 4) == 0) {
                accepted.sendThenClose(0);
            }
            world.run(in.u8() * 2_000_000L);
            byte[] state = OctetEdits.of(client.freeze(), in, (at, length) -> at % Math.min(NUMBERS_OCTETS, length));
            try {
                client.thaw(state, in.u16() * 1_000_000L);
            } catch (FrozenStateException e) {
                assertEquals(0, client.machine().tcp().connections().size());
                assertEquals(0, client.machine().deadlineCount());
                assertEquals(0, client.machine().tcp().memory().usedBytes());
                return false;
            }
            for (int i = 0; i < 20; i++) {
                world.run(SECOND / 4);
                client.machine().tcp().connections().forEach(TcbSoundness::assertSound);
            }
            return true;
        }
    }
}
