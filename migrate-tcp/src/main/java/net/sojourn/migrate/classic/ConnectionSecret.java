package net.sojourn.migrate.classic;

import net.sojourn.migrate.crypto.Curve;
import net.sojourn.migrate.crypto.SecretBytes;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * What both ends of a migratable connection know: Ni, Na and K, for life and with fixed roles, whoever moves. Loop
 * thread only; {@link #close()} wipes K.
 */
public final class ConnectionSecret implements AutoCloseable {

    private static final int MOST_K_OCTETS = 64;

    private final int ni;
    private final int na;
    private final SecretBytes k;
    private final Token token;

    /**
     * Takes ownership of {@code k}.
     *
     * @param ni initial sequence number of the original initiator
     * @param na initial sequence number of the original acceptor
     */
    public ConnectionSecret(int ni, int na, SecretBytes k) {
        this.ni = ni;
        this.na = na;
        this.k = k;
        this.token = Token.of(ni, na, k);
    }

    /** Of the variant that is not secure: K is 25 zero octets. */
    public static ConnectionSecret nonSecure(int ni, int na) {
        return new ConnectionSecret(ni, na, SecretBytes.owning(new byte[Curve.KEY_OCTETS]));
    }

    public Token token() {
        return token;
    }

    /** The proof of the request {@code reqNo} in a SYN whose sequence number is {@code s}. */
    public Request request(int s, int reqNo) {
        return Request.of(ni, na, k, s, reqNo);
    }

    /** Writes all, K included. */
    public void freeze(StateWriter out) {
        out.number32(ni).number32(na).octets(k.borrow());
    }

    /** What {@link #freeze} wrote. */
    public static ConnectionSecret thaw(StateReader in) throws FrozenStateException {
        int ni = in.number32("Ni");
        int na = in.number32("Na");
        byte[] k = in.octets("K", MOST_K_OCTETS);
        StateReader.require(k.length > 0, "K");
        return new ConnectionSecret(ni, na, SecretBytes.owning(k));
    }

    @Override
    public void close() {
        k.close();
    }

    @Override
    public String toString() {
        return "ConnectionSecret[" + k + "]";
    }
}
