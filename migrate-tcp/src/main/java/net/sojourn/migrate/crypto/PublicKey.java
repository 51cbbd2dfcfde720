package net.sojourn.migrate.crypto;

import org.bouncycastle.math.ec.ECPoint;

/** A peer's public key that has passed every check of {@link Curve#decode}. Immutable; any thread. */
public final class PublicKey {

    private final Curve curve;
    private final ECPoint point;

    PublicKey(Curve curve, ECPoint point) {
        this.curve = curve;
        this.point = point;
    }

    public Curve curve() {
        return curve;
    }

    ECPoint point() {
        return point;
    }

    @Override
    public String toString() {
        return "PublicKey[" + curve + "]";
    }
}
