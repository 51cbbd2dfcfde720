package net.sojourn.migrate.m2;

import java.nio.ByteBuffer;
import java.util.Optional;
import net.sojourn.stack.spi.SegmentView;

/**
 * The options of M2, all of kind 253 with experiment identifier 4D47 (RFC 6994): {@code 253 | length | 4D 47 | sub:4
 * flags:4 | body}. Immutable; any thread. {@link #decode} refuses every other length, sub-type and reserved flag. Layouts:
 * docs/protocol.md, "M2: options".
 */
public sealed interface M2Option {

    int KIND = 253;

    byte[] EX_ID = {0x4D, 0x47};

    /** The suite X25519 with HKDF-SHA-256 and HMAC-SHA-256. */
    int SUITE_X25519 = 1;

    /** In CAPABLE, MIGRATE, ACCEPT and PROVE: the early form. */
    int EARLY_CAPABLE = 8;

    int EARLY = 4;

    /** The octet behind the identifier: sub-type and flags. */
    int frame();

    byte[] encode();

    /** What the segment has of ours; empty if it has nothing well-formed. */
    static Optional<M2Option> in(SegmentView segment) {
        return decode(segment.option(KIND, EX_ID));
    }

    /** @param option kind, length and content */
    static Optional<M2Option> decode(byte[] option) {
        if (option.length < 5
                || (option[0] & 0xFF) != KIND
                || option[1] != option.length
                || option[2] != EX_ID[0]
                || option[3] != EX_ID[1]) {
            return Optional.empty();
        }
        int flags = option[4] & 0x0F;
        ByteBuffer body = ByteBuffer.wrap(option, 5, option.length - 5);
        return switch (option[4] >> 4 & 0x0F) {
            case Capable.SUB ->
                of(option, 5, flags & ~EARLY_CAPABLE, SUITE_X25519, () -> new Capable(isSet(flags, EARLY_CAPABLE)));
            case Key.SUB ->
                of(
                        option,
                        21,
                        flags & 2,
                        0,
                        () -> new Key(isSet(flags, 8), isSet(flags, 4), flags & 1, take(body, 16)));
            case Confirm.SUB ->
                of(option, 13, flags & 3, 0, () -> new Confirm(isSet(flags, 8), isSet(flags, 4), take(body, 8)));
            case Migrate.SUB ->
                of(
                        option,
                        21,
                        flags & ~EARLY,
                        0,
                        () -> isSet(flags, EARLY)
                                ? new Migrate(true, take(body, 6), body.getInt(), take(body, 6))
                                : new Migrate(false, take(body, 8), 0, take(body, 8)));
            case Accept.SUB ->
                of(
                        option,
                        21,
                        flags & ~EARLY,
                        0,
                        () -> new Accept(isSet(flags, EARLY), body.getInt(), body.getInt(), take(body, 8)));
            case Prove.SUB ->
                of(option, 25, flags & ~EARLY, 0, () -> new Prove(isSet(flags, EARLY), body.getInt(), take(body, 16)));
            default -> Optional.empty();
        };
    }

    /** Both ends know M2. In SYN and SYN/ACK. */
    record Capable(boolean early) implements M2Option {
        static final int SUB = 2;

        @Override
        public int frame() {
            return SUB << 4 | SUITE_X25519 | (early ? EARLY_CAPABLE : 0);
        }

        @Override
        public byte[] encode() {
            return begin(this, 5).array();
        }
    }

    /**
     * Half a public key.
     *
     * @param haveKey the sender has the receiver's whole key
     * @param haveConfirm the sender has the receiver's confirmation
     * @param index 0 for the first 16 octets
     */
    record Key(boolean haveKey, boolean haveConfirm, int index, byte[] part) implements M2Option {
        static final int SUB = 1;

        @Override
        public int frame() {
            return SUB << 4 | (haveKey ? 8 : 0) | (haveConfirm ? 4 : 0) | index;
        }

        @Override
        public byte[] encode() {
            return begin(this, 21).put(part).array();
        }
    }

    /**
     * The sender has the receiver's whole key and calculated the same.
     *
     * @param done the sender knows that the receiver has its confirmation: no answer is wanted
     * @param haveConfirm the sender has the receiver's confirmation
     */
    record Confirm(boolean done, boolean haveConfirm, byte[] tag) implements M2Option {
        static final int SUB = 6;

        @Override
        public int frame() {
            return SUB << 4 | (done ? 8 : 0) | (haveConfirm ? 4 : 0);
        }

        @Override
        public byte[] encode() {
            return begin(this, 13).put(tag).array();
        }
    }

    /**
     * In the SYN of a move.
     *
     * @param token 8 octets, 6 in the early form
     * @param offset early: the stream offset of the octet behind the SYN, which is the mover's SND.UNA
     * @param tag mac1: 8 octets, 6 in the early form
     */
    record Migrate(boolean early, byte[] token, int offset, byte[] tag) implements M2Option {
        static final int SUB = 3;

        @Override
        public int frame() {
            return SUB << 4 | (early ? EARLY : 0);
        }

        @Override
        public byte[] encode() {
            ByteBuffer option = begin(this, 21).put(token);
            if (early) {
                option.putInt(offset);
            }
            return option.put(tag).array();
        }
    }

    /**
     * In the SYN/ACK of a move.
     *
     * @param rcvOffset octets of the mover's stream that the fixed host has in order, its FIN included, modulo 2^32
     * @param nonceOrOffset a nonce; early: the stream offset of the octet behind the SYN/ACK
     * @param tag mac2
     */
    record Accept(boolean early, int rcvOffset, int nonceOrOffset, byte[] tag) implements M2Option {
        static final int SUB = 4;

        @Override
        public int frame() {
            return SUB << 4 | (early ? EARLY : 0);
        }

        @Override
        public byte[] encode() {
            return begin(this, 21)
                    .putInt(rcvOffset)
                    .putInt(nonceOrOffset)
                    .put(tag)
                    .array();
        }
    }

    /**
     * On the mover's segments until one comes back by the new path.
     *
     * @param rcvOffset octets of the fixed host's stream that the mover has in order, modulo 2^32
     * @param tag mac3
     */
    record Prove(boolean early, int rcvOffset, byte[] tag) implements M2Option {
        static final int SUB = 5;

        static int frame(boolean early) {
            return SUB << 4 | (early ? EARLY : 0);
        }

        @Override
        public int frame() {
            return frame(early);
        }

        @Override
        public byte[] encode() {
            return begin(this, 25).putInt(rcvOffset).put(tag).array();
        }
    }

    private static ByteBuffer begin(M2Option option, int octets) {
        ByteBuffer encoded = ByteBuffer.allocate(octets).put((byte) KIND).put((byte) octets);
        return encoded.put(EX_ID).put((byte) option.frame());
    }

    private static boolean isSet(int flags, int bit) {
        return (flags & bit) != 0;
    }

    private static byte[] take(ByteBuffer body, int octets) {
        byte[] taken = new byte[octets];
        body.get(taken);
        return taken;
    }

    private static Optional<M2Option> of(byte[] option, int octets, int found, int wanted, Maker maker) {
        return option.length == octets && found == wanted ? Optional.of(maker.make()) : Optional.empty();
    }

    /** Reads a body whose length is known to be right. */
    @FunctionalInterface
    interface Maker {
        M2Option make();
    }
}
