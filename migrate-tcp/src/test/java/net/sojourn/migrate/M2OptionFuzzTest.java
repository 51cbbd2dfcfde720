package net.sojourn.migrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import net.sojourn.migrate.crypto.SeededRandom;
import net.sojourn.migrate.m2.KeyExchange;
import net.sojourn.migrate.m2.KeyExchange.Progress;
import net.sojourn.migrate.m2.M2KeyPair;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.stack.spi.SegmentView;
import org.junit.jupiter.api.Test;

/** Octets as M2 options: refused or understood, what is understood is kept, and no peer without the key is believed. */
class M2OptionFuzzTest {

    private static final int ROUNDS = 20_000;
    private static final int MOST_OCTETS = 40;

    @FuzzTest(maxDuration = "2m")
    void option(byte[] input) {
        M2Option.decode(input);
        if (input.length > 0 && input.length <= MOST_OCTETS - 4) {
            byte[] option = headed(input);
            M2Option.decode(option)
                    .ifPresent(decoded -> assertArrayEquals(option, decoded.encode(), decoded::toString));
        }
    }

    /** Pairs of a room and an option of the peer's. */
    @FuzzTest(maxDuration = "2m")
    void keyExchange(byte[] input) {
        for (boolean initiator : new boolean[] {true, false}) {
            try (KeyExchange exchange = begun(initiator)) {
                ByteBuffer in = ByteBuffer.wrap(input);
                while (in.hasRemaining()) {
                    int roomBytes = in.get() & 63;
                    assertTrue(exchange.next(roomBytes).length <= roomBytes);
                    byte[] content = new byte[Math.min(in.remaining(), 21)];
                    in.get(content);
                    M2Option.decode(headed(content))
                            .ifPresent(option -> assertNotEquals(Progress.CONFIRMED, exchange.arrived(option)));
                }
                exchange.keys().ifPresent(M2Keys::close);
            }
        }
    }

    /** The same without a fuzzer, each time. */
    @Test
    void randomOptions() {
        SplittableRandom random = new SplittableRandom(4_747);
        int understood = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = new byte[1 + random.nextInt(24)];
            random.nextBytes(input);
            option(input);
            understood += M2Option.decode(headed(input)).isPresent() ? 1 : 0;
        }
        assertTrue(understood > 100, understood + " of " + ROUNDS);
    }

    /** Both SYNs had CAPABLE. */
    private static KeyExchange begun(boolean initiator) {
        KeyExchange exchange =
                new KeyExchange(initiator, true, 60, () -> M2KeyPair.generate(new SeededRandom(initiator ? 1 : 2)));
        byte[] capable = new M2Option.Capable(true).encode();
        int flags = initiator ? SegmentView.SYN | SegmentView.ACK : SegmentView.SYN;
        if (initiator) {
            exchange.writeSyn(FakeSyn.ordinary(), 0);
        }
        assertTrue(exchange.synArrived(TestSegment.of(flags, 0, 0).withOptions(capable)));
        if (!initiator) {
            exchange.writeSyn(FakeSyn.ordinary(), 0);
        }
        assertTrue(exchange.begin());
        return exchange;
    }

    private static byte[] headed(byte[] content) {
        byte[] option = new byte[content.length + 4];
        option[0] = (byte) M2Option.KIND;
        option[1] = (byte) option.length;
        System.arraycopy(M2Option.EX_ID, 0, option, 2, 2);
        System.arraycopy(content, 0, option, 4, content.length);
        return option;
    }
}
