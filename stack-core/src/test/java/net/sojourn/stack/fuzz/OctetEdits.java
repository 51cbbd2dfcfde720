package net.sojourn.stack.fuzz;

import java.util.Arrays;
import java.util.function.IntBinaryOperator;

/** Changes octets as a fuzzer says: cut, lengthened, and single ones altered. */
public final class OctetEdits {

    private static final int MOST = 16;

    private OctetEdits() {}

    /**
     * @param valid may be changed in place
     * @param favoured of a number below 2^16 and the length, the place that most edits hit
     */
    public static byte[] of(byte[] valid, ByteReader in, IntBinaryOperator favoured) {
        byte[] state = valid;
        for (int edits = 0; in.hasMore() && edits < MOST && state.length > 0; edits++) {
            int kind = in.u8();
            int number = in.u16();
            int at = (kind & 16) == 0 ? favoured.applyAsInt(number, state.length) : number % state.length;
            switch (kind & 7) {
                case 0 -> state = Arrays.copyOf(state, at);
                case 1 -> state = Arrays.copyOf(state, state.length + 1 + at % 40);
                case 2 -> state[at] = (byte) in.u8();
                case 3 -> state[at] = (byte) (state[at] + (in.u8() < 128 ? 1 : -1));
                default -> state[at] ^= (byte) (1 << (in.u8() & 7));
            }
        }
        return state;
    }
}
