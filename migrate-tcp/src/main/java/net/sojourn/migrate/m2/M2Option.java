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

    /** In MIGRATE: the fixed host shall keep the path that the connection is leaving in mind, for the new one may fail. */
    int BACKUP = 2;

    /** In MIGRATE: nothing moves, the path is only tried. */
    int PROBE = 1;

    /** In an option whose tag is still to be calculated from the rest of it. */
    byte[] NO_TAG = {};

    /** The octet behind the identifier: sub-type and flags. */
    int frame();

    byte[] encode();

    /** What the segment has of ours, the first if there are two; empty if that is not well-formed. */
    static Optional<M2Option> in(SegmentView segment) {
        return decode(segment.option(KIND, EX_ID));
    }

    /** The CAPABLE of the segment, wherever among our options it stands. */
    static Optional<Capable> capableIn(SegmentView segment) {
        for (boolean early : new boolean[] {true, false}) {
            Capable capable = new Capable(early);
            if (segment.option(KIND, EX_ID[0], EX_ID[1], (byte) capable.frame()).length == Capable.OCTETS) {
                return Optional.of(capable);
            }
        }
        return Optional.empty();
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
                of(
                                option,
                                option.length == 15 ? 15 : 13,
                                flags & 3,
                                0,
                                () -> new Confirm(
                                        isSet(flags, 8),
                                        isSet(flags, 4),
                                        option.length == 15 ? body.getShort() & 0xFFFF : 0,
                                        take(body, 8)))
                        .filter(confirm -> option.length == 13 || ((Confirm) confirm).resumeMinutes() > 0);
            case Migrate.SUB ->
                of(
                        option,
                        21,
                        flags & 8 | (isSet(flags, EARLY) ? flags & PROBE : 0),
                        0,
                        () -> Migrate.read(flags, body));
            case Accept.SUB ->
                of(
                        option,
                        21,
                        flags & ~EARLY,
                        0,
                        () -> new Accept(isSet(flags, EARLY), body.getInt(), body.getInt(), take(body, 8)));
            case Prove.SUB ->
                of(option, 25, flags & ~EARLY, 0, () -> new Prove(isSet(flags, EARLY), body.getInt(), take(body, 16)));
            case Reject.SUB ->
                of(
                        option,
                        14,
                        flags < Reject.Occasion.values().length ? 0 : flags,
                        0,
                        () -> new Reject(Reject.Occasion.values()[flags], body.get() & 0xFF, take(body, 8)));
            default -> Optional.empty();
        };
    }

    /** Both ends know M2. In SYN and SYN/ACK, and on the initiator's segments until the acceptor is heard. */
    record Capable(boolean early) implements M2Option {
        static final int SUB = 2;
        static final int OCTETS = 5;

        @Override
        public int frame() {
            return SUB << 4 | SUITE_X25519 | (early ? EARLY_CAPABLE : 0);
        }

        @Override
        public byte[] encode() {
            return begin(this, OCTETS).array();
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
     * @param resumeMinutes how long the sender keeps a connection without a path; 0: it does not say
     */
    record Confirm(boolean done, boolean haveConfirm, int resumeMinutes, byte[] tag) implements M2Option {
        static final int SUB = 6;

        @Override
        public int frame() {
            return SUB << 4 | (done ? 8 : 0) | (haveConfirm ? 4 : 0);
        }

        @Override
        public byte[] encode() {
            return resumeMinutes == 0
                    ? begin(this, 13).put(tag).array()
                    : begin(this, 15).putShort((short) resumeMinutes).put(tag).array();
        }
    }

    /**
     * In the SYN of a move, or of a probe.
     *
     * @param backup the path that is left may be of use again
     * @param probe nothing shall move; never together with {@code early}
     * @param token 8 octets, 6 in the early form
     * @param offset early: the stream offset of the text on the SYN, which follows the mover's RCV.NXT there
     * @param tag mac1: 8 octets, 6 in the early form
     */
    record Migrate(boolean early, boolean backup, boolean probe, byte[] token, int offset, byte[] tag)
            implements M2Option {
        static final int SUB = 3;

        /** A move in its plainest form. */
        public static Migrate of(boolean early, byte[] token, int offset, byte[] tag) {
            return new Migrate(early, false, false, token, offset, tag);
        }

        /** The same with mac1. */
        public Migrate tagged(byte[] mac1) {
            return new Migrate(early, backup, probe, token, offset, mac1);
        }

        private static Migrate read(int flags, ByteBuffer body) {
            boolean early = isSet(flags, EARLY);
            byte[] token = take(body, early ? 6 : 8);
            int offset = early ? body.getInt() : 0;
            return new Migrate(
                    early, isSet(flags, BACKUP), isSet(flags, PROBE), token, offset, take(body, early ? 6 : 8));
        }

        @Override
        public int frame() {
            return SUB << 4 | (early ? EARLY : 0) | (backup ? BACKUP : 0) | (probe ? PROBE : 0);
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

    /**
     * A proved "no". In a reset.
     *
     * @param reason one of the constants; others are read as "no" all the same
     * @param tag of {@link M2Keys#refusalTag}
     */
    record Reject(Occasion occasion, int reason, byte[] tag) implements M2Option {
        static final int SUB = 7;

        /** A stream offset lies outside what can have been received. */
        public static final int OFFSET = 1;

        /** More moves are unfinished than this host allows: later, perhaps. */
        public static final int BUSY = 2;

        /** The connection is over. */
        public static final int ABORTED = 3;

        /** What is answered: the flags. */
        public enum Occasion {
            /** A MIGRATE, or a PROVE, by the fixed host. */
            REQUEST,
            /** An ACCEPT, by the mover. */
            ANSWER,
            /** Nothing: the sender ends the connection. */
            END
        }

        @Override
        public int frame() {
            return SUB << 4 | occasion.ordinal();
        }

        @Override
        public byte[] encode() {
            return begin(this, 14).put((byte) reason).put(tag).array();
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
