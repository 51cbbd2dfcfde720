package net.sojourn.migrate.crypto;

/** A key pair for one connection. One thread at a time; {@link #close()} wipes the private number. */
public final class EphemeralKey implements KeyPair {

    private final Curve curve;
    private final SecretBytes scalar;
    private final byte[] publicOctets;

    EphemeralKey(Curve curve, SecretBytes scalar, byte[] publicOctets) {
        this.curve = curve;
        this.scalar = scalar;
        this.publicOctets = publicOctets;
    }

    public Curve curve() {
        return curve;
    }

    /** The compressed point, left-padded to 25 octets. */
    public byte[] publicOctets() {
        return publicOctets.clone();
    }

    /**
     * The secret shared with {@code peer}: 25 octets.
     *
     * @throws IllegalArgumentException if the keys are of different curves
     * @throws IllegalStateException after {@link #close()}
     */
    public SecretBytes agree(PublicKey peer) {
        if (peer.curve() != curve) {
            throw new IllegalArgumentException("a key of " + curve + " does not agree with one of " + peer.curve());
        }
        return curve.agree(scalar, peer);
    }

    @Override
    public void close() {
        scalar.close();
    }

    @Override
    public String toString() {
        return "EphemeralKey[" + curve + "]";
    }
}
