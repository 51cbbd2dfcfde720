package net.sojourn.migrate;

import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.m2.KeyExchange;
import net.sojourn.migrate.m2.KeyExchange.Progress;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.stack.spi.ConnectionControl.StreamOffsets;
import net.sojourn.stack.spi.SegmentView;

/**
 * Carries one connection's {@link KeyExchange} on segments that go anyway, and on a few bare acknowledgements when none do.
 * Loop thread only. docs/protocol.md, "M2: setting up".
 */
final class M2Setup {

    /** Acknowledgements of our own accord: two at once, and no more than this in all. */
    private static final int MAX_BARE = 6;

    private static final long BETWEEN_TWO_NANOS = 1_000_000L;
    private static final long FIRST_REPEAT_NANOS = 1_000_000_000L;

    private final Migration migration;
    private final Negotiation negotiation;
    private final KeyExchange exchange;
    private int bareLeft = MAX_BARE;
    private boolean ended;
    private boolean confirmed;

    M2Setup(Migration migration, Negotiation negotiation, KeyExchange exchange) {
        this.migration = migration;
        this.negotiation = negotiation;
        this.exchange = exchange;
    }

    boolean isUnderWay() {
        return !confirmed && !ended;
    }

    void begin(long nowNanos) {
        speakSoon(0, nowNanos);
        if (!migration.isInitiator()) { // whose third segment, which is about to go, has the first half
            speakSoon(BETWEEN_TWO_NANOS, nowNanos);
        }
        repeatAfter(FIRST_REPEAT_NANOS, nowNanos);
    }

    byte[] next(int roomBytes) {
        return exchange.next(roomBytes);
    }

    void segmentArrives(SegmentView segment, long nowNanos) {
        if (ended) {
            return;
        }
        Progress progress = M2Option.in(segment).map(exchange::arrived).orElse(Progress.NOTHING);
        boolean keysAreNew = exchange.keys().isPresent() && !migration.isNegotiated();
        if (progress == Progress.FAILED) {
            fail(nowNanos);
            return;
        }
        if (keysAreNew && !negotiation.agreed(exchangeOf(), nowNanos)) {
            ended = true;
            return;
        }
        if (progress == Progress.CONFIRMED) {
            confirmed = true;
            if (migration.exchange() instanceof M2Exchange m2) {
                m2.confirm(exchange.peerResumeMinutes());
            }
            negotiation.completed(nowNanos);
        }
        if (progress != Progress.NOTHING || exchange.owesAnswer()) {
            // Not counted: the peer's own count bounds it.
            migration.control().callAt(nowNanos, this::speak);
        }
    }

    private M2Exchange exchangeOf() {
        return new M2Exchange(migration, exchange.keys().orElseThrow(), exchange.isEarly());
    }

    /** The connection goes on as plain TCP. */
    private void fail(long nowNanos) {
        ended = true;
        boolean smallOrder = exchange.keys().isEmpty();
        negotiation.disagreed();
        negotiation.failed(smallOrder ? Reason.UNUSABLE_KEY : Reason.PATH_ALTERS_OPTIONS, nowNanos);
    }

    private void speakSoon(long delayNanos, long nowNanos) {
        migration.control().callAt(nowNanos + delayNanos, now -> {
            if (bareLeft > 0 && exchange.hasSomethingToSay() && !textGoesFirst()) {
                bareLeft--;
                speak(now);
            }
        });
    }

    /** An acceptor that answered with a cookie knows nothing of us before our first octet, and resets what lies behind it. */
    private boolean textGoesFirst() {
        StreamOffsets now = migration.control().offsets();
        return migration.isInitiator() && !exchange.peerWasHeard() && now.sndMax() > now.sndUna();
    }

    private void speak(long nowNanos) {
        if (!ended && exchange.hasSomethingToSay()) {
            migration.control().requestAck();
        }
    }

    private void repeatAfter(long delayNanos, long nowNanos) {
        migration.control().callAt(nowNanos + delayNanos, now -> {
            if (ended || !exchange.hasSomethingToSay() || bareLeft == 0) {
                return;
            }
            speakSoon(0, now);
            speakSoon(BETWEEN_TWO_NANOS, now);
            repeatAfter(2 * delayNanos, now);
        });
    }
}
