package net.sojourn.migrate.m2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import net.sojourn.migrate.crypto.SecretBytes;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * What both ends of an M2 connection know: the key schedule (docs/protocol.md, "M2: keys") and everything that is
 * calculated with it. Roles are fixed for life: the initiator is who opened the connection, whoever moves. No address, no
 * port and no initial sequence number goes in, so translators do no harm. Loop thread only; {@link #close()} wipes.
 */
public final class M2Keys implements AutoCloseable {

    /** Octets of a token on the wire of an ordinary move; an early one shows the first six. */
    public static final int TOKEN_OCTETS = 8;

    private static final int KEY_OCTETS = 32;

    private final byte[] transcript;
    private final SecretBytes tokens;
    private final SecretBytes fromInitiator;
    private final SecretBytes fromAcceptor;
    private final SecretBytes confirmInitiator;
    private final SecretBytes confirmAcceptor;

    private M2Keys(StateReader in) throws FrozenStateException {
        this.transcript = octets(in, KEY_OCTETS);
        this.tokens = SecretBytes.owning(octets(in, KEY_OCTETS));
        this.fromInitiator = SecretBytes.owning(octets(in, KEY_OCTETS));
        this.fromAcceptor = SecretBytes.owning(octets(in, KEY_OCTETS));
        this.confirmInitiator = SecretBytes.owning(octets(in, KEY_OCTETS));
        this.confirmAcceptor = SecretBytes.owning(octets(in, KEY_OCTETS));
    }

    private static byte[] octets(StateReader in, int length) throws FrozenStateException {
        byte[] octets = in.octets("M2 key", length);
        StateReader.require(octets.length == length, "M2 key");
        return octets;
    }

    private M2Keys(byte[] transcript, SecretBytes z) {
        this.transcript = transcript;
        HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
        byte[] prk = hkdf.extractPRK(transcript, z.borrow());
        this.tokens = expand(prk, "mig2 token");
        this.fromInitiator = expand(prk, "mig2 i2r");
        this.fromAcceptor = expand(prk, "mig2 r2i");
        this.confirmInitiator = expand(prk, "mig2 confirm i");
        this.confirmAcceptor = expand(prk, "mig2 confirm r");
        Arrays.fill(prk, (byte) 0);
    }

    /**
     * @param initiator whether {@code own} is the key of who opened the connection
     * @param offered the octet of sub-type and flags in the initiator's CAPABLE
     * @param accepted the same in the acceptor's
     * @return empty if the peer's key is of small order
     */
    public static Optional<M2Keys> agree(
            boolean initiator, int offered, int accepted, M2KeyPair own, byte[] peerPublic) {
        byte[] initiatorKey = initiator ? own.publicOctets() : peerPublic;
        byte[] acceptorKey = initiator ? peerPublic : own.publicOctets();
        ByteBuffer all = ByteBuffer.allocate(14 + 2 + 2 * KEY_OCTETS);
        all.put(ascii("TCP-MIGRATE-v2")).put((byte) offered).put((byte) accepted);
        byte[] transcript = sha256(all.put(initiatorKey).put(acceptorKey).array());
        return own.agree(peerPublic).map(z -> {
            M2Keys keys = new M2Keys(transcript, z);
            z.close();
            return keys;
        });
    }

    /** Writes all, secrets included. */
    public void freeze(StateWriter out) {
        out.octets(transcript)
                .octets(tokens.borrow())
                .octets(fromInitiator.borrow())
                .octets(fromAcceptor.borrow())
                .octets(confirmInitiator.borrow())
                .octets(confirmAcceptor.borrow());
    }

    /** What {@link #freeze} wrote. */
    public static M2Keys thaw(StateReader in) throws FrozenStateException {
        return new M2Keys(in);
    }

    /** th: equal at both ends exactly if nobody sits between them. Not secret. */
    public byte[] fingerprint() {
        return transcript.clone();
    }

    /**
     * Eight octets that prove to the other end that this one has the same keys.
     *
     * @param resumeMinutes what goes with them, 0 for nothing
     */
    public byte[] confirmation(boolean byInitiator, int resumeMinutes) {
        ByteBuffer input = ByteBuffer.allocate(KEY_OCTETS + 2).put(transcript);
        if (resumeMinutes > 0) {
            input.putShort((short) resumeMinutes);
        }
        return mac(byInitiator ? confirmInitiator : confirmAcceptor, written(input), 8);
    }

    /** T_n: names connection, mover and number of its move at once. */
    public byte[] token(boolean ofInitiator, int number) {
        ByteBuffer input = ByteBuffer.allocate(5).put((byte) (ofInitiator ? 'i' : 'r'));
        return mac(tokens, input.putInt(number).array(), TOKEN_OCTETS);
    }

    /** mac1, of a MIGRATE. @param rcvOffset early: the mover's RCV.NXT as a stream offset, modulo 2^32 */
    public byte[] requestTag(boolean byInitiator, M2Option.Migrate form, int number, int seq, int rcvOffset) {
        ByteBuffer input = ByteBuffer.allocate(20)
                .put(ascii("syn"))
                .put((byte) form.frame())
                .putInt(number);
        if (form.early()) {
            input.putInt(form.offset()).putInt(seq).putInt(rcvOffset);
        }
        return mac(sender(byInitiator), written(input), form.early() ? 6 : 8);
    }

    /**
     * mac2, of an ACCEPT by the other end than {@code moverIsInitiator} says.
     *
     * @param payloadBytes early: octets behind the SYN, which are acknowledged whether they were wanted or not
     */
    public byte[] answerTag(
            boolean moverIsInitiator, M2Option.Accept form, int number, int seq, int answerSeq, int payloadBytes) {
        ByteBuffer input = ByteBuffer.allocate(31)
                .put(ascii("synack"))
                .put((byte) form.frame())
                .putInt(number);
        input.putInt(form.rcvOffset()).putInt(form.nonceOrOffset());
        if (form.early()) {
            input.putInt(seq).putInt(answerSeq).putInt(payloadBytes);
        }
        return mac(sender(!moverIsInitiator), written(input), 8);
    }

    /** mac3, of a PROVE that answers {@code accept}. */
    public byte[] proofTag(
            boolean moverIsInitiator, int rcvOffset, M2Option.Accept accept, int number, int seq, int answerSeq) {
        int frame = M2Option.Prove.frame(accept.early());
        ByteBuffer input =
                ByteBuffer.allocate(30).put(ascii("prove")).put((byte) frame).putInt(number);
        input.putInt(rcvOffset).putInt(accept.rcvOffset()).putInt(accept.nonceOrOffset());
        if (accept.early()) {
            input.putInt(seq).putInt(answerSeq);
        }
        return mac(sender(moverIsInitiator), written(input), 16);
    }

    /**
     * The tag of a REJECT.
     *
     * @param number of the move that is refused; 0 for the end of the connection
     * @param nonce of the ACCEPT that is refused, or whose PROVE is; else 0
     */
    public byte[] refusalTag(boolean byInitiator, M2Option.Reject form, int number, int nonce) {
        ByteBuffer input = ByteBuffer.allocate(16).put(ascii("reject")).put((byte) form.frame());
        input.putInt(number).put((byte) form.reason()).putInt(nonce);
        return mac(sender(byInitiator), written(input), 8);
    }

    @Override
    public void close() {
        tokens.close();
        fromInitiator.close();
        fromAcceptor.close();
        confirmInitiator.close();
        confirmAcceptor.close();
    }

    @Override
    public String toString() {
        return "M2Keys[" + KEY_OCTETS + " octets each]";
    }

    private SecretBytes sender(boolean isInitiator) {
        return isInitiator ? fromInitiator : fromAcceptor;
    }

    private static SecretBytes expand(byte[] prk, String info) {
        HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
        hkdf.init(HKDFParameters.skipExtractParameters(prk, ascii(info)));
        byte[] key = new byte[KEY_OCTETS];
        hkdf.generateBytes(key, 0, KEY_OCTETS);
        return SecretBytes.owning(key);
    }

    private static byte[] mac(SecretBytes key, byte[] input, int octets) {
        HMac mac = new HMac(new SHA256Digest());
        mac.init(new KeyParameter(key.borrow()));
        mac.update(input, 0, input.length);
        byte[] whole = new byte[mac.getMacSize()];
        mac.doFinal(whole, 0);
        return Arrays.copyOf(whole, octets);
    }

    private static byte[] sha256(byte[] input) {
        SHA256Digest digest = new SHA256Digest();
        digest.update(input, 0, input.length);
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return hash;
    }

    private static byte[] written(ByteBuffer buffer) {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
