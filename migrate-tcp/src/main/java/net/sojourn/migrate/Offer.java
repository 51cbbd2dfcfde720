package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.ClassicNegotiation;
import net.sojourn.migrate.classic.ClassicNegotiation.PeerAnswer;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.m2.KeyExchange;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;

/**
 * Which suite a connection's two SYNs agree on. A SYN has room for one: the initiator offers its first choice, the acceptor
 * takes what it is offered if it speaks that, else the connection is plain TCP. Loop thread only.
 */
final class Offer implements AutoCloseable {

    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final MigrateSettings settings;
    private final boolean initiator;
    private final ClassicNegotiation classic;
    private final KeyExchange m2;
    private PeerAnswer classicAnswer = PeerAnswer.NO_OPTION;

    Offer(MigrateSettings settings, boolean initiator, MigrateKeys keys) {
        this.settings = settings;
        this.initiator = initiator;
        this.classic = new ClassicNegotiation(
                settings.profile(), initiator, settings.curves(), settings.nonSecureForTests(), keys::classic);
        this.m2 = new KeyExchange(initiator, settings.early(), minutes(settings.resumeWindowNanos()), keys::m2);
    }

    void writeSyn(SynWriter syn, int transmission) {
        if (takes(Suite.M2)) {
            m2.writeSyn(syn, transmission);
        }
        if (takes(Suite.CLASSIC) && !m2.isAgreed()) {
            classic.writeSyn(syn, transmission);
        }
    }

    void synArrived(SegmentView syn) {
        boolean agreedM2 = takes(Suite.M2) && m2.synArrived(syn);
        if (takes(Suite.CLASSIC) && !agreedM2) {
            classicAnswer = classic.synArrived(syn);
        }
    }

    /** The peer's SYN was answered by a cookie: {@code segment}, the first since, says again what it can. */
    void openedByCookie(SegmentView segment) {
        if (settings.speaks(Suite.M2)) {
            m2.openedByCookie(segment);
        }
    }

    /** Whether the peer's SYN carried part of a key where its timestamps should be. */
    boolean tookTimestamps() {
        return classicAnswer == PeerAnswer.AGREED;
    }

    /** Both SYNs are acknowledged: the exchange of keys that begins now, if the suite is M2. */
    Optional<KeyExchange> concludeM2() {
        return m2.begin() ? Optional.of(m2) : Optional.empty();
    }

    /** Both SYNs are acknowledged: the shared secret, if the suite is the classic one. */
    Optional<ConnectionSecret> concludeClassic(int iss, int irs) {
        return classic.conclude(iss, irs);
    }

    /** Why nothing was agreed. */
    Reason reason() {
        return switch (classicAnswer) {
            case UNUSABLE_KEY -> Reason.UNUSABLE_KEY;
            case CURVE_DIFFERS -> Reason.CURVE_DIFFERS;
            case NO_OPTION, AGREED -> Reason.PEER_WITHOUT_MIGRATE;
        };
    }

    @Override
    public void close() {
        classic.close();
        m2.close();
    }

    /** Rounded up, so that no window is none. */
    private static int minutes(long nanos) {
        long minutes = (nanos + MINUTE_NANOS - 1) / MINUTE_NANOS;
        return (int) Math.min(KeyExchange.MOST_RESUME_MINUTES, minutes);
    }

    private boolean takes(Suite suite) {
        return initiator ? settings.suites().get(0) == suite : settings.speaks(suite);
    }
}
