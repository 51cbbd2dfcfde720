package net.sojourn.migrate.classic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import net.sojourn.migrate.crypto.Curve;

/**
 * Migrate-Permitted (draft-snoeren-tcp-migrate-00; protocol.md 1.1, 7.2). Immutable; any thread.
 *
 * <pre>
 * paper  0 kind 15  | 1 length 20 | 2 Curve ID      | 3..19 key octets 0..16
 * paper  0 kind 15  | 1 length 3  | 2 zero                                     not secure
 * exid   0 kind 253 | 1 length 21 | 2..3 4D 50      | 4..20 key octets 0..16   P-192
 * exid   0 kind 253 | 1 length 21 | 2..3 4D 51      | 4..20 key octets 0..16   K-163
 * </pre>
 *
 * {@link #decode} refuses every other length, kind and identifier. Whether the Curve ID is known is the caller's check.
 */
public final class PermittedOption {

    /** The Curve ID of the variant without keys. */
    public static final int NON_SECURE = 0;

    private static final PermittedOption WITHOUT_KEY = new PermittedOption(NON_SECURE, new byte[0]);

    private final int curveId;
    private final byte[] keyPart;

    private PermittedOption(int curveId, byte[] keyPart) {
        this.curveId = curveId;
        this.keyPart = keyPart;
    }

    public static PermittedOption secure(Curve curve, KeySplit key) {
        return new PermittedOption(curve.id(), key.optionPart());
    }

    /** The variant without keys, for tests: whoever saw both SYNs can move the connection. */
    public static PermittedOption nonSecure() {
        return WITHOUT_KEY;
    }

    /** 0 to 255. */
    public int curveId() {
        return curveId;
    }

    public boolean isSecure() {
        return curveId != NON_SECURE;
    }

    /** The 17 most significant octets of the key; empty if not secure. */
    public byte[] keyPart() {
        return keyPart.clone();
    }

    /** @throws IllegalArgumentException if {@code profile} has no form for this curve */
    public byte[] encode(Profile profile) {
        if (!profile.hasCurveOctet() && !isSecure()) {
            throw new IllegalArgumentException("profile " + profile + " has no form without a key");
        }
        if (!isSecure()) {
            return new byte[] {(byte) profile.permittedKind(), 3, NON_SECURE};
        }
        ByteBuffer option = ByteBuffer.allocate(profile.permittedOctets());
        option.put((byte) profile.permittedKind()).put((byte) option.capacity()).put(exId(profile));
        if (profile.hasCurveOctet()) {
            option.put((byte) curveId);
        }
        return option.put(keyPart).array();
    }

    /** @param option kind, length and content */
    public static Optional<PermittedOption> decode(Profile profile, byte[] option) {
        if (option.length < 3 || (option[0] & 0xFF) != profile.permittedKind() || option[1] != option.length) {
            return Optional.empty();
        }
        if (profile.hasCurveOctet() && option.length == 3) {
            return option[2] == NON_SECURE ? Optional.of(WITHOUT_KEY) : Optional.empty();
        }
        if (option.length != profile.permittedOctets() || profile.hasCurveOctet() && option[2] == NON_SECURE) {
            return Optional.empty();
        }
        int curveId = profile.hasCurveOctet() ? option[2] & 0xFF : curveOfExId(profile, option);
        if (curveId == NON_SECURE) {
            return Optional.empty();
        }
        byte[] keyPart = Arrays.copyOfRange(option, option.length - KeySplit.OPTION_OCTETS, option.length);
        return Optional.of(new PermittedOption(curveId, keyPart));
    }

    private byte[] exId(Profile profile) {
        if (profile.hasCurveOctet()) {
            return new byte[0];
        }
        Curve curve = Curve.byId(curveId)
                .orElseThrow(() -> new IllegalArgumentException("no identifier is known for curve " + curveId));
        return profile.permittedExId(curve);
    }

    /** {@link #NON_SECURE} if the identifier is none of ours. */
    private static int curveOfExId(Profile profile, byte[] option) {
        for (Curve curve : Curve.values()) {
            byte[] exId = profile.permittedExId(curve);
            if (Arrays.equals(option, 2, 2 + exId.length, exId, 0, exId.length)) {
                return curve.id();
            }
        }
        return NON_SECURE;
    }

    @Override
    public String toString() {
        return "MigratePermitted[curve " + curveId + "]";
    }
}
