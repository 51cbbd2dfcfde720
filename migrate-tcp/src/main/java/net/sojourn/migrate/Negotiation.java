package net.sojourn.migrate;

import java.util.Optional;
import java.util.OptionalInt;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.m2.KeyExchange;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;
import org.jspecify.annotations.Nullable;

/**
 * How one connection comes to be migratable: the offer in both SYNs, the keys, and the {@link Exchange} that follows from
 * them. Loop thread only. docs/protocol.md, "M2: setting up".
 */
final class Negotiation {

    private final Migration migration;
    private final Offer offer;

    private @Nullable Exchange exchange;
    private @Nullable M2Setup setup;
    private @Nullable IpAddress queuedMove;
    private OptionalInt peerSynTsVal = OptionalInt.empty();

    Negotiation(Migration migration, Offer offer) {
        this.migration = migration;
        this.offer = offer;
    }

    /** What was agreed; null if nothing was, or not yet. */
    @Nullable
    Exchange exchange() {
        return exchange;
    }

    /** Whether a move that is wanted now may become possible by itself. */
    boolean isUnderWay() {
        boolean beingOpened = exchange == null && migration.isBeingOpened();
        return beingOpened || setup != null && setup.isUnderWay();
    }

    /** Makes this move as soon as both ends can. */
    void queue(IpAddress localAddress) {
        queuedMove = localAddress;
    }

    /** Whether {@code tsRecent} is still what the peer's first SYN carried where part of its key was. */
    boolean isPartOfKey(int tsRecent) {
        return peerSynTsVal.isPresent() && peerSynTsVal.getAsInt() == tsRecent;
    }

    void writeSyn(SynWriter syn, int transmission) {
        offer.writeSyn(syn, transmission);
    }

    void synArrived(SegmentView syn) {
        offer.synArrived(syn);
        if (offer.tookTimestamps() && syn.hasTimestamps()) {
            // A peer to the letter of the draft goes on with its own clock, not from its key (protocol.md 1.3).
            migration.control().peerSynTimestampIsNoClock();
            peerSynTsVal = OptionalInt.of(syn.tsVal());
        }
    }

    void openedByCookie(SegmentView segment) {
        offer.openedByCookie(segment);
    }

    void established(long nowNanos) {
        Optional<KeyExchange> keys = offer.concludeM2();
        if (keys.isPresent()) {
            setup = new M2Setup(migration, this, keys.get());
            setup.begin(nowNanos);
            return;
        }
        WireNumbers numbers = migration.control().numbers(nowNanos);
        Optional<ConnectionSecret> secret = offer.concludeClassic(numbers.iss(), numbers.irs());
        offer.close();
        if (secret.isEmpty()) {
            failed(offer.reason(), nowNanos);
        } else if (agreed(new ClassicExchange(migration, secret.get()), nowNanos)) {
            completed(nowNanos);
        }
    }

    byte[] segmentOption(int roomBytes) {
        return setup == null ? ConnectionExtension.NO_OPTION : setup.next(roomBytes);
    }

    void segmentArrives(SegmentView segment, long nowNanos) {
        if (setup != null) {
            setup.segmentArrives(segment, nowNanos);
        }
    }

    /** The keys are here. @return false if there is no room for another migratable connection */
    boolean agreed(Exchange made, long nowNanos) {
        if (!made.register()) {
            made.close();
            migration.refuse(Reason.TOO_MANY_CONNECTIONS, nowNanos);
            return false;
        }
        exchange = made;
        return true;
    }

    /** What was agreed was not: the connection is plain TCP. */
    void disagreed() {
        if (exchange != null) {
            exchange.close();
            exchange = null;
        }
    }

    /** Both ends can move from now on. */
    void completed(long nowNanos) {
        migration.count(MigrateCounter.NEGOTIATED);
        migration.tell(new MigrationEvent.Negotiated(), nowNanos);
        IpAddress wanted = queuedMove;
        queuedMove = null;
        if (wanted != null && !wanted.equals(migration.tuple().localAddress())) {
            // Not at once: the third segment of the handshake goes first.
            migration.control().callAt(nowNanos, now -> migration.move(wanted, now));
        }
    }

    void failed(Reason reason, long nowNanos) {
        migration.count(
                reason == Reason.UNUSABLE_KEY ? MigrateCounter.UNUSABLE_KEYS : MigrateCounter.PEERS_WITHOUT_MIGRATE);
        migration.refuse(reason, nowNanos);
        if (migration.settings().require() || reason == Reason.CURVE_DIFFERS) {
            migration.control().abort(AbortCause.RESET, nowNanos);
        }
    }

    /**
     * What was agreed. Keys that are being agreed at that moment are not: this end goes on with what it has, which is plain
     * TCP if the other's key is not here.
     */
    void freeze(StateWriter out) {
        out.octet(migration.suite().ordinal());
        if (exchange != null) {
            exchange.freeze(out);
        }
    }

    /** What {@link #freeze} wrote; if the suite is not spoken here any more, the connection is plain TCP. */
    void thaw(StateReader in, long nowNanos) throws FrozenStateException {
        Suite suite = Suite.values()[in.octet("suite", Suite.values().length - 1)];
        Exchange made;
        switch (suite) {
            case OFF -> {
                return;
            }
            case CLASSIC -> made = ClassicExchange.thaw(migration, in);
            case M2 -> made = M2Exchange.thaw(migration, in);
            default -> throw new IllegalStateException("suite " + suite);
        }
        if (!migration.settings().speaks(suite)) {
            made.close();
        } else if (agreed(made, nowNanos)) {
            made.thawed(nowNanos);
        }
    }

    /** The move that was asked for while there was nothing to move with; null if there is none. */
    @Nullable
    IpAddress queuedMove() {
        return queuedMove;
    }

    /** The connection is gone. */
    void close() {
        offer.close();
        if (exchange != null) {
            exchange.close();
        }
    }
}
