package net.sojourn.migrate.m2;

/**
 * The first six octets of T_n, which both forms of a Migrate SYN show: where to look a connection up. Not secret once
 * shown, and not printed all the same. Immutable; any thread.
 *
 * @param bits big endian, in the low 48
 */
public record M2Token(long bits) {

    private static final int OCTETS = 6;

    /** @param token six octets at least */
    public static M2Token of(byte[] token) {
        long bits = 0;
        for (int i = 0; i < OCTETS; i++) {
            bits = bits << 8 | token[i] & 0xFF;
        }
        return new M2Token(bits);
    }

    @Override
    public String toString() {
        return "M2Token[6]";
    }
}
