package net.sojourn.migrate.m2;

import java.util.Arrays;
import java.util.Optional;
import net.sojourn.migrate.crypto.KeySource;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.M2Option.Capable;
import net.sojourn.migrate.m2.M2Option.Confirm;
import net.sojourn.migrate.m2.M2Option.Key;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;
import org.jspecify.annotations.Nullable;

/**
 * One connection's agreement on M2: CAPABLE in both SYNs, then both public keys and a confirmation in options of segments
 * that go anyway. Nothing of it is reliable, so each end repeats what the other has not told to have. Calculates nothing
 * before the three-way handshake is complete: a flood of SYNs costs no keys. Loop thread only.
 */
public final class KeyExchange implements AutoCloseable {

    /** 45 days. */
    public static final int MOST_RESUME_MINUTES = 0xFFFF;

    /** What a segment of the peer's brought. */
    public enum Progress {
        NOTHING,
        /** Both ends' keys are here: moves of the peer can be judged. */
        KEYS,
        /** The peer has calculated the same: this end may move. */
        CONFIRMED,
        /** The peer has not: somebody alters what passes, or sits between. */
        FAILED
    }

    private final boolean initiator;
    private final boolean earlyWanted;
    private final int resumeMinutes;
    private final KeySource<M2KeyPair> keySource;

    private boolean offered;
    private boolean withdrawn;
    private @Nullable Capable peerCapable;

    private @Nullable M2KeyPair own;
    private final byte[][] peerParts = {new byte[0], new byte[0]};
    private int nextIndex;
    private @Nullable M2Keys keys;
    private @Nullable Confirm earlyConfirmation;
    private int peerResumeMinutes;
    private boolean peerHasKey;
    private boolean peerHasConfirm;
    private boolean haveConfirm;
    private boolean owesAnswer;
    private boolean peerWasHeard;
    private boolean failed;

    /**
     * @param resumeMinutes how long this end keeps a connection without a path, 1 to {@link #MOST_RESUME_MINUTES}
     * @param keySource asked at most once, when both SYNs are acknowledged
     */
    public KeyExchange(boolean initiator, boolean earlyWanted, int resumeMinutes, KeySource<M2KeyPair> keySource) {
        this.initiator = initiator;
        this.earlyWanted = earlyWanted;
        this.resumeMinutes = resumeMinutes;
        this.keySource = keySource;
    }

    /** The initiator offers in its first SYN only: a middlebox may have eaten that one for the option. */
    public void writeSyn(SynWriter syn, int transmission) {
        boolean due = initiator ? transmission == 0 && !withdrawn : peerCapable != null;
        byte[] capable = new Capable(earlyWanted).encode();
        if (due && syn.roomBytes() >= capable.length) {
            syn.option(capable);
            offered = true;
        }
    }

    /** The peer's SYN (we accept) or SYN/ACK (we initiated). @return whether it takes part */
    public boolean synArrived(SegmentView syn) {
        if (initiator && !syn.has(SegmentView.ACK)) {
            withdrawn = true; // simultaneous open: neither end is the acceptor
            return false;
        }
        peerCapable = M2Option.in(syn)
                .filter(option -> option instanceof Capable)
                .map(option -> (Capable) option)
                .orElse(null);
        return isAgreed();
    }

    /**
     * We accept, and remember nothing of the SYN and of our SYN/ACK, which had the option if the SYN had. @return whether
     * the initiator takes part
     */
    public boolean openedByCookie(SegmentView segment) {
        peerCapable = M2Option.capableIn(segment).orElse(null);
        offered = peerCapable != null;
        return isAgreed();
    }

    /** Whether both SYNs had the option, as far as has been seen. */
    public boolean isAgreed() {
        return !withdrawn && peerCapable != null && (offered || !initiator);
    }

    /** Whether both ends take part in the early form of a move. */
    public boolean isEarly() {
        return earlyWanted && peerCapable != null && peerCapable.early();
    }

    /** Both SYNs are acknowledged: makes our key. @return whether M2 was agreed */
    public boolean begin() {
        if (!offered || !isAgreed()) {
            return false;
        }
        own = keySource.next();
        return true;
    }

    /** Whether an option of the peer's has come since its SYN. */
    public boolean peerWasHeard() {
        return peerWasHeard;
    }

    /** Whether the peer still lacks something that we could tell it. */
    public boolean hasSomethingToSay() {
        return own != null && !failed && (!peerHasKey || keys != null && !peerHasConfirm || owesAnswer);
    }

    /** Whether the peer's last segment shows that it waits for a word of ours. */
    public boolean owesAnswer() {
        return owesAnswer && hasSomethingToSay();
    }

    /** The next option for a segment with {@code roomBytes} to spare; empty array if there is none. */
    public byte[] next(int roomBytes) {
        if (!hasSomethingToSay() || own == null) {
            return new byte[0];
        }
        byte[] option;
        if (!peerHasKey) {
            int from = 16 * nextIndex;
            byte[] part = Arrays.copyOfRange(own.publicOctets(), from, from + 16);
            option = new Key(keys != null, haveConfirm, nextIndex, part).encode();
        } else if (keys != null) {
            option = new Confirm(
                            peerHasConfirm, haveConfirm, resumeMinutes, keys.confirmation(initiator, resumeMinutes))
                    .encode();
        } else {
            return new byte[0];
        }
        if (option.length > roomBytes) {
            return new byte[0];
        }
        nextIndex = peerHasKey ? nextIndex : 1 - nextIndex;
        owesAnswer &= !peerHasKey;
        return initiator && !peerWasHeard ? withCapable(option, roomBytes) : option;
    }

    /** The acceptor may have answered with a cookie, and knows of our SYN what this segment says. */
    private byte[] withCapable(byte[] option, int roomBytes) {
        if (option.length + Capable.OCTETS > roomBytes) {
            return option;
        }
        byte[] both = Arrays.copyOf(option, option.length + Capable.OCTETS);
        System.arraycopy(new Capable(earlyWanted).encode(), 0, both, option.length, Capable.OCTETS);
        return both;
    }

    /** An option came on one of the peer's segments. */
    public Progress arrived(M2Option option) {
        if (own == null || failed) {
            return Progress.NOTHING;
        }
        peerWasHeard = true;
        if (option instanceof Key key) {
            return keyArrived(key);
        }
        return option instanceof Confirm confirm ? confirmArrived(confirm) : Progress.NOTHING;
    }

    /** How long the peer keeps a connection without a path; 0 before its confirmation, or if it does not say. */
    public int peerResumeMinutes() {
        return peerResumeMinutes;
    }

    /** Empty before both keys are here. */
    public Optional<M2Keys> keys() {
        return Optional.ofNullable(keys);
    }

    /** Wipes our private key. The keys that were agreed belong to who took them. */
    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }

    private Progress keyArrived(Key key) {
        peerHasKey |= key.haveKey();
        peerHasConfirm |= key.haveConfirm();
        if (keys != null) {
            return Progress.NOTHING;
        }
        if (peerParts[key.index()].length == 0) {
            peerParts[key.index()] = key.part();
        }
        if (peerParts[0].length == 0 || peerParts[1].length == 0) {
            return Progress.NOTHING;
        }
        return agree();
    }

    private Progress agree() {
        M2KeyPair pair = own;
        Capable theirs = peerCapable;
        if (pair == null || theirs == null) {
            return Progress.NOTHING;
        }
        byte[] peerPublic = Arrays.copyOf(peerParts[0], M2KeyPair.KEY_OCTETS);
        System.arraycopy(peerParts[1], 0, peerPublic, 16, 16);
        int ours = new Capable(earlyWanted).frame();
        int offer = initiator ? ours : theirs.frame();
        int answer = initiator ? theirs.frame() : ours;
        keys = M2Keys.agree(initiator, offer, answer, pair, peerPublic).orElse(null);
        pair.close();
        if (keys == null) {
            failed = true;
            return Progress.FAILED;
        }
        Confirm early = earlyConfirmation;
        return early == null ? Progress.KEYS : confirmationArrived(early);
    }

    private Progress confirmArrived(Confirm confirm) {
        peerHasKey = true;
        peerHasConfirm |= confirm.haveConfirm();
        owesAnswer |= !confirm.done();
        if (keys == null) {
            earlyConfirmation = confirm;
            return Progress.NOTHING;
        }
        return haveConfirm ? Progress.NOTHING : confirmationArrived(confirm);
    }

    private Progress confirmationArrived(Confirm confirm) {
        M2Keys agreed = keys;
        if (agreed == null || !Tags.equal(agreed.confirmation(!initiator, confirm.resumeMinutes()), confirm.tag())) {
            failed = true;
            return Progress.FAILED;
        }
        haveConfirm = true;
        peerResumeMinutes = confirm.resumeMinutes();
        return Progress.CONFIRMED;
    }
}
