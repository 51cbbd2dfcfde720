package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.wire.TcpOption;
import net.sojourn.stack.wire.TcpView;

/**
 * How long text may stay unacknowledged before the connection is given up (RFC 9293 3.8.3, USER TIMEOUT), and what both
 * ends tell each other about it (RFC 5482). Without a user timeout the number of retransmissions decides.
 */
final class UserTimeout {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int GRANULARITY_MINUTES = 0x8000;
    private static final int MOST = 0x7FFF;

    /** RFC 5482 3.1, L_LIMIT: the least R2 of RFC 1122 4.2.3.5 is 100 s. */
    private static final long LOWER_LIMIT_NANOS = 100 * SECOND_NANOS;

    /** RFC 5482 3.1, U_LIMIT. */
    private static final long UPPER_LIMIT_NANOS = 24 * 3600 * SECOND_NANOS;

    private UserTimeout() {}

    // ---- what it does

    /** The application has chosen; a peer's advice counts no more (RFC 5482 3, CHANGEABLE). 0 is none. */
    static void choose(Tcb tcb, long timeoutNanos) {
        tcb.userTimeoutNanos = timeoutNanos;
        tcb.userTimeoutChangeable = false;
        tcb.userTimeoutAnnounced = false;
    }

    /** When text that is unacknowledged now makes the connection end; {@link Long#MAX_VALUE} without a user timeout. */
    static long dueNanos(Tcb tcb) {
        boolean none = tcb.userTimeoutNanos == 0 || tcb.sent.isEmpty();
        return none ? Long.MAX_VALUE : tcb.unacknowledgedSinceNanos + tcb.userTimeoutNanos;
    }

    /** Whether the text that just went unanswered is given up. @param exhausted all retransmissions are spent */
    static boolean givesUp(Tcb tcb, boolean exhausted, long nowNanos) {
        boolean over = tcb.userTimeoutNanos == 0 ? exhausted : nowNanos >= dueNanos(tcb);
        if (over) {
            UserCalls.abort(tcb, AbortCause.RETRANSMISSIONS_EXHAUSTED, nowNanos);
        }
        return over;
    }

    // ---- what is told (RFC 5482 2)

    /** Whether the next segment should say what we do. */
    static boolean isDue(Tcb tcb) {
        return tcb.tcp.settings.userTimeoutOption() && tcb.userTimeoutNanos > 0 && !tcb.userTimeoutAnnounced;
    }

    static void write(Tcb tcb, ByteBuf packet) {
        packet.writeByte(TcpOption.USER_TIMEOUT);
        packet.writeByte(TcpOption.USER_TIMEOUT_BYTES);
        packet.writeShort(encoded(tcb.userTimeoutNanos));
    }

    static int encoded(long timeoutNanos) {
        long seconds = Math.max(1, timeoutNanos / SECOND_NANOS);
        return seconds <= MOST ? (int) seconds : GRANULARITY_MINUTES | (int) Math.min(MOST, seconds / 60);
    }

    /** RFC 5482 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)); 0 is no value and ignored. */
    static void adviceArrives(Tcb tcb, TcpView segment) {
        int field = segment.userTimeoutOption();
        if (field <= 0 || !tcb.tcp.settings.userTimeoutOption()) {
            return;
        }
        long unitSeconds = (field & GRANULARITY_MINUTES) != 0 ? 60 : 1;
        tcb.remoteUserTimeoutNanos = (field & MOST) * unitSeconds * SECOND_NANOS;
        if (tcb.userTimeoutChangeable && tcb.remoteUserTimeoutNanos > 0) {
            long advertised = tcb.tcp.settings.userTimeout().toNanos();
            long longest = Math.max(Math.max(advertised, tcb.remoteUserTimeoutNanos), LOWER_LIMIT_NANOS);
            tcb.userTimeoutNanos = Math.min(UPPER_LIMIT_NANOS, longest);
        }
    }
}
