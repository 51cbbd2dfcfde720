package net.sojourn.migrate;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.migrate.crypto.Curve;

/**
 * How a stack speaks Migrate. Immutable; any thread.
 *
 * @param suites which suites a peer may use with us; a SYN of ours offers the first. Empty: every connection is plain TCP
 * @param early M2's early form: text rides on the SYN of a move, and is answered before the mover has proved itself
 * @param profile option kinds of the classic suite
 * @param curves of the classic suite that a peer may use with us; a SYN of ours offers the first
 * @param traversal repeats the options of an ordinary handshake in both SYNs of a move and chooses sequence numbers, so
 *     that stateful firewalls let them pass; and asks a silent peer before it gives up a waiting connection. Off: to the
 *     letter of the draft
 * @param require a connection whose peer does not agree to Migrate is aborted
 * @param waitNanos how long a connection waits in MIGRATE_WAIT after a reset before it dies
 * @param resumeWindowNanos how long a connection without an address, or with a silent peer, is kept; with M2 the smaller
 *     of both ends' counts, in whole minutes where it is the peer's
 * @param nonSecureForTests offers and accepts the variant without keys, which any observer can take over; needs {@link
 *     Profile#PAPER}
 */
public record MigrateSettings(
        List<Suite> suites,
        boolean early,
        Profile profile,
        List<Curve> curves,
        boolean traversal,
        boolean require,
        long waitNanos,
        long resumeWindowNanos,
        boolean nonSecureForTests,
        Limits limits) {

    public MigrateSettings {
        suites = List.copyOf(suites);
        if (suites.contains(Suite.OFF) || suites.size() != Set.copyOf(suites).size()) {
            throw new IllegalArgumentException("name each suite once, and none to speak plain TCP: " + suites);
        }
        curves = List.copyOf(curves);
        if (curves.isEmpty()) {
            throw new IllegalArgumentException("the classic suite needs a curve: name one, P192 if in doubt");
        }
        if (waitNanos <= 0 || resumeWindowNanos <= 0) {
            throw new IllegalArgumentException("waiting times must be positive: give at least one nanosecond");
        }
        if (nonSecureForTests && profile != Profile.PAPER) {
            throw new IllegalArgumentException(
                    "only profile paper has a form without keys: choose it, or drop the flag");
        }
    }

    /** M2, and the classic suite for peers that offer it; 60 s in MIGRATE_WAIT, 24 h without an address. */
    public static MigrateSettings defaults() {
        return new MigrateSettings(
                List.of(Suite.M2, Suite.CLASSIC),
                true,
                Profile.EXID,
                List.of(Curve.P192),
                true,
                false,
                Duration.ofSeconds(60).toNanos(),
                Duration.ofHours(24).toNanos(),
                false,
                Limits.DEFAULT);
    }

    /** Whether {@code suite} is spoken at all. */
    public boolean speaks(Suite suite) {
        return suites.contains(suite);
    }

    /** The classic suite alone, on experimental kinds; otherwise the defaults. */
    public static MigrateSettings classic() {
        return defaults().withSuite(Suite.CLASSIC);
    }

    /** Kinds, segments and times (2 MSL) as the draft has them. For laboratories. */
    public static MigrateSettings strict() {
        long twoMslNanos = Duration.ofMinutes(4).toNanos();
        return classic()
                .withProfile(Profile.PAPER)
                .withTraversal(false)
                .withWaitNanos(twoMslNanos)
                .withResumeWindowNanos(twoMslNanos);
    }

    /** One suite alone; {@link Suite#OFF} for none. */
    public MigrateSettings withSuite(Suite value) {
        return withSuites(value == Suite.OFF ? List.of() : List.of(value));
    }

    public MigrateSettings withSuites(List<Suite> value) {
        return with(draft -> draft.suites = value);
    }

    public MigrateSettings withEarly(boolean value) {
        return with(draft -> draft.early = value);
    }

    public MigrateSettings withProfile(Profile value) {
        return with(draft -> draft.profile = value);
    }

    public MigrateSettings withCurves(List<Curve> value) {
        return with(draft -> draft.curves = value);
    }

    public MigrateSettings withTraversal(boolean value) {
        return with(draft -> draft.traversal = value);
    }

    public MigrateSettings withRequire(boolean value) {
        return with(draft -> draft.require = value);
    }

    public MigrateSettings withWaitNanos(long value) {
        return with(draft -> draft.waitNanos = value);
    }

    public MigrateSettings withResumeWindowNanos(long value) {
        return with(draft -> draft.resumeWindowNanos = value);
    }

    public MigrateSettings withNonSecureForTests(boolean value) {
        return with(draft -> draft.nonSecureForTests = value);
    }

    public MigrateSettings withLimits(Limits value) {
        return with(draft -> draft.limits = value);
    }

    private MigrateSettings with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** The same, while it changes. */
    private static final class Draft {

        private List<Suite> suites;
        private boolean early;
        private Profile profile;
        private List<Curve> curves;
        private boolean traversal;
        private boolean require;
        private long waitNanos;
        private long resumeWindowNanos;
        private boolean nonSecureForTests;
        private Limits limits;

        Draft(MigrateSettings from) {
            suites = from.suites;
            early = from.early;
            profile = from.profile;
            curves = from.curves;
            traversal = from.traversal;
            require = from.require;
            waitNanos = from.waitNanos;
            resumeWindowNanos = from.resumeWindowNanos;
            nonSecureForTests = from.nonSecureForTests;
            limits = from.limits;
        }

        MigrateSettings settings() {
            return new MigrateSettings(
                    suites,
                    early,
                    profile,
                    curves,
                    traversal,
                    require,
                    waitNanos,
                    resumeWindowNanos,
                    nonSecureForTests,
                    limits);
        }
    }

    /**
     * What strangers and long lives may cost.
     *
     * @param maxMoves requests that one end of a connection makes in its life, 1 to 64: with more, a recorded request
     *     could be taken for a new one (protocol.md 2.6). A move takes one, or two when its first SYNs are lost
     * @param resetsPerSecond answers to unknown tokens and wrong requests
     * @param maxSuspended connections that wait for a path; beyond it the one that has waited longest is given up
     * @param maxPendingHandshakes moves of peers that are answered and not complete
     * @param maxConnections migratable connections
     * @param maxSuspendedBytes octets of text that connections without a path may hold together; beyond it as with {@code
     *     maxSuspended}, but for the last one
     */
    public record Limits(
            int maxMoves,
            int resetsPerSecond,
            int maxSuspended,
            int maxPendingHandshakes,
            int maxConnections,
            long maxSuspendedBytes) {

        public static final Limits DEFAULT = new Limits(64, 100, 65_536, 65_536, 1_000_000, 256L << 20);

        /** As many octets as are usual. */
        public Limits(
                int maxMoves, int resetsPerSecond, int maxSuspended, int maxPendingHandshakes, int maxConnections) {
            this(
                    maxMoves,
                    resetsPerSecond,
                    maxSuspended,
                    maxPendingHandshakes,
                    maxConnections,
                    DEFAULT.maxSuspendedBytes());
        }

        public Limits {
            if (maxMoves < 1 || maxMoves > 64) {
                throw new IllegalArgumentException("maxMoves lies in 1..64, not " + maxMoves);
            }
            if (resetsPerSecond < 0
                    || maxSuspended < 1
                    || maxPendingHandshakes < 1
                    || maxConnections < 1
                    || maxSuspendedBytes < 1) {
                throw new IllegalArgumentException("limits must be at least 1 (resetsPerSecond 0): " + maxSuspended
                        + ", " + maxPendingHandshakes + ", " + maxConnections + ", " + maxSuspendedBytes);
            }
        }
    }
}
