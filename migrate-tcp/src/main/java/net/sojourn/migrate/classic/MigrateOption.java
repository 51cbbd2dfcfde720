package net.sojourn.migrate.classic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The Migrate option of a Migrate SYN (draft-snoeren-tcp-migrate-00; protocol.md 2.1, 7.2). Immutable; any thread.
 *
 * <pre>
 * paper  0 kind 16  | 1 length 19              | 2 P:1 reqNo:7 | 3..10 token | 11..18 request
 * exid   0 kind 253 | 1 length 21 | 2..3 4D 52 | 4 P:1 reqNo:7 | 5..12 token | 13..20 request
 * </pre>
 *
 * {@link #decode} refuses every other length, kind and identifier.
 *
 * @param preload the sender is not one of the two original hosts
 * @param reqNo 0 to 127
 */
public record MigrateOption(boolean preload, int reqNo, Token token, Request request) {

    private static final int PRELOAD = 0x80;

    public MigrateOption {
        ReqNo.check(reqNo);
    }

    public byte[] encode(Profile profile) {
        ByteBuffer option = ByteBuffer.allocate(profile.migrateOctets());
        option.put((byte) profile.migrateKind()).put((byte) option.capacity()).put(profile.migrateExId());
        option.put((byte) (preload ? reqNo | PRELOAD : reqNo));
        return option.putLong(token.bits()).putLong(request.bits()).array();
    }

    /** @param option kind, length and content */
    public static Optional<MigrateOption> decode(Profile profile, byte[] option) {
        byte[] exId = profile.migrateExId();
        if (option.length != profile.migrateOctets()
                || (option[0] & 0xFF) != profile.migrateKind()
                || option[1] != option.length
                || !Arrays.equals(option, 2, 2 + exId.length, exId, 0, exId.length)) {
            return Optional.empty();
        }
        ByteBuffer body = ByteBuffer.wrap(option, 2 + exId.length, option.length - 2 - exId.length);
        int first = body.get() & 0xFF;
        Token token = new Token(body.getLong());
        Request request = new Request(body.getLong());
        return Optional.of(new MigrateOption((first & PRELOAD) != 0, first & ReqNo.MAX, token, request));
    }

    @Override
    public String toString() {
        return "Migrate[ReqNo " + reqNo + (preload ? ", preload" : "") + "]";
    }
}
