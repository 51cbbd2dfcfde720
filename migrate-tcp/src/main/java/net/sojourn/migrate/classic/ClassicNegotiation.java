package net.sojourn.migrate.classic;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import net.sojourn.migrate.crypto.Curve;
import net.sojourn.migrate.crypto.EphemeralKey;
import net.sojourn.migrate.crypto.PublicKey;
import net.sojourn.migrate.crypto.SecretBytes;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;
import org.jspecify.annotations.Nullable;

/**
 * The exchange of Migrate-Permitted in one connection's two SYNs. Loop thread only. protocol.md 1.3, 5.2, 6.
 *
 * <p>The initiator offers in its first SYN only: a middlebox may have eaten it for the option. The acceptor repeats its
 * answer to the octet. Any flaw in what the peer sent counts as no option at all. K is calculated when the handshake is
 * complete and not before, so that a flood of SYNs costs no agreement.
 */
public final class ClassicNegotiation implements AutoCloseable {

    /** What the peer's SYN or SYN/ACK said. */
    public enum PeerAnswer {
        NO_OPTION,
        AGREED,
        /** A key that is no key of its curve, or no timestamps to carry the rest of it. */
        UNUSABLE_KEY,
        /** The acceptor answered with another curve than was offered: the draft wants the connection aborted. */
        CURVE_DIFFERS
    }

    private final Profile profile;
    private final boolean initiator;
    private final boolean nonSecureAllowed;
    private final List<Curve> curves;
    private final Function<Curve, EphemeralKey> keys;

    private @Nullable EphemeralKey own;
    private @Nullable PublicKey peer;
    private boolean offered;
    private boolean agreedNonSecure;
    private boolean withdrawn;

    /**
     * @param curves that the acceptor takes; the initiator offers the first
     * @param nonSecureAllowed offers, and accepts, the variant without keys
     * @param keys asked at most once, when the first SYN with the option is written
     */
    public ClassicNegotiation(
            Profile profile,
            boolean initiator,
            List<Curve> curves,
            boolean nonSecureAllowed,
            Function<Curve, EphemeralKey> keys) {
        this.profile = profile;
        this.initiator = initiator;
        this.curves = curves;
        this.nonSecureAllowed = nonSecureAllowed;
        this.keys = keys;
    }

    /** Adds the option, and the key's octets in the timestamps, if this SYN shall have them and has room. */
    public void writeSyn(SynWriter syn, int transmission) {
        if (initiator ? transmission > 0 || withdrawn : !isAgreed()) {
            return;
        }
        if (initiator ? nonSecureAllowed : agreedNonSecure) {
            writeNonSecure(syn);
        } else {
            writeKey(syn);
        }
    }

    /** The peer's SYN (we accept) or SYN/ACK (we initiated). */
    public PeerAnswer synArrived(SegmentView syn) {
        if (initiator && !syn.has(SegmentView.ACK)) {
            // Simultaneous open: the draft gives neither end the acceptor's role.
            withdrawn = true;
            return PeerAnswer.NO_OPTION;
        }
        Optional<PermittedOption> option = PermittedOption.decode(profile, profile.permittedIn(syn));
        if (option.isEmpty() || initiator && !offered) {
            return PeerAnswer.NO_OPTION;
        }
        boolean secure = option.get().isSecure();
        Curve curve = Curve.byId(option.get().curveId()).orElse(null);
        if (initiator && (secure == nonSecureAllowed || secure && curve != curves.get(0))) {
            return PeerAnswer.CURVE_DIFFERS;
        }
        if (!secure) {
            agreedNonSecure = nonSecureAllowed;
            return nonSecureAllowed ? PeerAnswer.AGREED : PeerAnswer.NO_OPTION;
        }
        if (curve == null || !curves.contains(curve)) {
            return PeerAnswer.NO_OPTION;
        }
        if (syn.hasTimestamps()) {
            KeySplit key = KeySplit.join(option.get().keyPart(), syn.tsVal(), syn.tsEcr());
            peer = curve.decode(key.key()).orElse(null);
        }
        return peer != null ? PeerAnswer.AGREED : PeerAnswer.UNUSABLE_KEY;
    }

    /** Whether both SYNs had the option, as far as has been seen. */
    public boolean isAgreed() {
        return !withdrawn && (peer != null || agreedNonSecure);
    }

    /**
     * What both ends share, once: the handshake is complete. Empty if it was not agreed.
     *
     * @param iss our initial sequence number
     * @param irs the peer's
     */
    public Optional<ConnectionSecret> conclude(int iss, int irs) {
        int ni = initiator ? iss : irs;
        int na = initiator ? irs : iss;
        if (!offered || !isAgreed()) {
            return Optional.empty();
        }
        if (agreedNonSecure) {
            return Optional.of(ConnectionSecret.nonSecure(ni, na));
        }
        if (own == null || peer == null) {
            return Optional.empty();
        }
        SecretBytes k = own.agree(peer);
        close();
        return Optional.of(new ConnectionSecret(ni, na, k));
    }

    /** Wipes our private number. */
    @Override
    public void close() {
        if (own != null) {
            own.close();
            own = null;
        }
        peer = null;
    }

    private void writeNonSecure(SynWriter syn) {
        byte[] option = PermittedOption.nonSecure().encode(profile);
        if (syn.roomBytes() >= option.length) {
            syn.option(option);
            offered = true;
        }
    }

    private void writeKey(SynWriter syn) {
        if (!syn.hasTimestamps() || syn.roomBytes() < profile.permittedOctets()) {
            return;
        }
        if (own == null) {
            own = keys.apply(peer == null ? curves.get(0) : peer.curve());
        }
        KeySplit key = KeySplit.split(own.publicOctets());
        syn.option(PermittedOption.secure(own.curve(), key).encode(profile));
        syn.timestamps(key.tsVal(), key.tsEcr());
        offered = true;
    }
}
