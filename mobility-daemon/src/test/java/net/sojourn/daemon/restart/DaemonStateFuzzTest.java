package net.sojourn.daemon.restart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.daemon.entry.RelayState;
import net.sojourn.daemon.mobility.RuleBook;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.freeze.FrozenStateException;
import org.junit.jupiter.api.Test;

/** The daemon's part of the file: what is written is read, and whatever else is there is refused or means something. */
class DaemonStateFuzzTest {

    private static final DaemonState SOME = new DaemonState(
            List.of(
                    new RelayState(7, 12, new byte[] {1, 2}, new byte[0], true, false),
                    new RelayState(9, 13, new byte[0], new byte[] {3}, false, true)),
            Map.of(7L, "server.example.org", 8L, "a"),
            Map.of(
                    7L,
                    new RuleBook.Kept(
                            IpAddress.parse("192.0.2.9"),
                            443,
                            Optional.of(Rule.NONE.byHand(
                                    Optional.of(Place.parse("wlan0")),
                                    List.of(Place.parse("2001:db8::1"), Place.parse("eth0")),
                                    Set.of("wwan0")))),
                    9L,
                    new RuleBook.Kept(IpAddress.parse("2001:db8::9"), 22, Optional.empty())));

    @FuzzTest(maxDuration = "2m")
    void anyOctets(byte[] input) {
        decode(input);
    }

    /** @return whether it was accepted: then it is what such a state is written as */
    private static boolean decode(byte[] input) {
        try {
            DaemonState state = DaemonState.decode(input);
            DaemonState again = DaemonState.decode(state.encode());
            assertEquals(state.peerNames(), again.peerNames());
            assertEquals(state.rules(), again.rules());
            assertEquals(state.relays().size(), again.relays().size());
            return true;
        } catch (FrozenStateException e) {
            return false;
        }
    }

    @Test
    void randomChanges() {
        SplittableRandom random = new SplittableRandom(20_041);
        int accepted = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] octets = SOME.encode();
            octets[random.nextInt(octets.length)] ^= (byte) (1 << random.nextInt(8));
            accepted += decode(octets) ? 1 : 0;
        }
        assertTrue(accepted > 200 && accepted < 1_900, accepted + " accepted");
    }

    @Test
    void whatIsWrittenIsRead() throws FrozenStateException {
        DaemonState read = DaemonState.decode(SOME.encode());
        assertEquals(SOME.peerNames(), read.peerNames());
        assertEquals(SOME.rules(), read.rules());
        assertEquals(2, read.relays().size());
        assertArrayEquals(new byte[] {1, 2}, read.relays().get(0).toRemote());
        assertTrue(read.relays().get(1).remoteEnded());
    }

    @Test
    void whatIsCutOffOrBehindIsRefused() {
        byte[] all = SOME.encode();
        for (int length = 0; length < all.length; length++) {
            byte[] some = Arrays.copyOf(all, length);
            assertThrows(FrozenStateException.class, () -> DaemonState.decode(some));
        }
        byte[] more = Arrays.copyOf(all, all.length + 1);
        assertThrows(FrozenStateException.class, () -> DaemonState.decode(more));
    }

    /** No name of the DNS is that long: such a one is worth nothing, and the connection lives without. */
    @Test
    void aNameThatIsTooLongIsLeftOut() throws FrozenStateException {
        Map<Long, String> names = Map.of(1L, "x".repeat(255), 2L, "y".repeat(256), 3L, "\u00e4".repeat(128));
        assertEquals(
                Map.of(1L, "x".repeat(255)),
                DaemonState.decode(new DaemonState(List.of(), names, Map.of()).encode())
                        .peerNames());
    }
}
