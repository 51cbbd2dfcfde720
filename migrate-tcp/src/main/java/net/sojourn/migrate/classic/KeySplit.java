package net.sojourn.migrate.classic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.sojourn.migrate.crypto.Curve;

/**
 * A public key as a SYN carries it: {@code 0..16 option | 17..20 TSval | 21..24 TSecr}, big endian.
 * draft-snoeren-tcp-migrate-00, protocol.md 1.1. Immutable; any thread.
 */
public final class KeySplit {

    /** Octets of the key that the Migrate-Permitted option has room for. */
    public static final int OPTION_OCTETS = 17;

    private final byte[] key;

    private KeySplit(byte[] key) {
        this.key = key;
    }

    /** @throws IllegalArgumentException unless {@code key} has 25 octets */
    public static KeySplit split(byte[] key) {
        if (key.length != Curve.KEY_OCTETS) {
            throw new IllegalArgumentException("a key has " + Curve.KEY_OCTETS + " octets, not " + key.length);
        }
        return new KeySplit(key.clone());
    }

    /** Puts the three parts together again. */
    public static KeySplit join(byte[] optionPart, int tsVal, int tsEcr) {
        ByteBuffer whole = ByteBuffer.allocate(Curve.KEY_OCTETS);
        whole.put(optionPart, 0, OPTION_OCTETS).putInt(tsVal).putInt(tsEcr);
        return new KeySplit(whole.array());
    }

    public byte[] key() {
        return key.clone();
    }

    public byte[] optionPart() {
        return Arrays.copyOf(key, OPTION_OCTETS);
    }

    public int tsVal() {
        return ByteBuffer.wrap(key).getInt(OPTION_OCTETS);
    }

    public int tsEcr() {
        return ByteBuffer.wrap(key).getInt(OPTION_OCTETS + 4);
    }
}
