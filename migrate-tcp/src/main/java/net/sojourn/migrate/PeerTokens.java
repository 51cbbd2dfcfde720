package net.sojourn.migrate;

import java.util.Arrays;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Token;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * Which of the peer's next moves are known by their tokens. Loop thread only. docs/protocol.md, "M2: a move".
 *
 * <p>The window goes forward when a genuine request is seen, not when its move is proved: so a mover whose answers arrive
 * can make as many requests as it likes, proved or not, and the table holds at most {@link #MOST} entries for a connection.
 */
final class PeerTokens {

    /** So far may the peer be ahead of what we have seen. */
    static final int WINDOW = 4;

    /** The number that is being answered and the next ones. */
    static final int MOST = WINDOW + 1;

    private final Migration migration;
    private final M2Keys keys;
    private int first = 1;
    private int last;
    private int wanted = WINDOW;

    PeerTokens(Migration migration, M2Keys keys) {
        this.migration = migration;
        this.keys = keys;
    }

    /** @return false if the table is full */
    boolean register() {
        return extendTo(wanted);
    }

    void freeze(StateWriter out) {
        out.number32(first).number32(last);
    }

    /** What {@link #freeze} wrote; {@link #register} follows. */
    void thaw(StateReader in) throws FrozenStateException {
        first = in.number32("number of moves", 1, Integer.MAX_VALUE - 2 * MOST);
        wanted = in.number32("number of moves", first, first + MOST - 1);
        last = first - 1;
    }

    /** Number {@code n} was genuine: those before it are of no use any more. */
    void seen(int n) {
        forgetBefore(n);
        extendTo(n + WINDOW);
    }

    /** The move with number {@code n} is made. */
    void used(int n) {
        forgetBefore(n + 1);
        extendTo(n + WINDOW);
    }

    /** Which of the peer's next moves has a token that begins with {@code token}; 0 if none. */
    int numberOf(byte[] token) {
        for (int n = first; n <= last; n++) {
            if (Tags.equal(Arrays.copyOf(keys.token(!migration.isInitiator(), n), token.length), token)) {
                return n;
            }
        }
        return 0;
    }

    void close() {
        forgetBefore(last + 1);
    }

    private boolean extendTo(int n) {
        boolean all = true;
        while (last < n) {
            last++;
            all &= migration.extension().register(token(last), migration);
        }
        return all;
    }

    private void forgetBefore(int n) {
        while (first < n) {
            migration.extension().unregister(token(first), migration);
            first++;
        }
        last = Math.max(last, n - 1);
    }

    private M2Token token(int n) {
        return M2Token.of(keys.token(!migration.isInitiator(), n));
    }
}
