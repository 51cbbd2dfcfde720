package net.sojourn.stack.spi;

/**
 * How much may be in flight (RFC 5681, RFC 5033). One object for one path of one connection; loop thread only. Loss
 * detection and recovery are not here: this is told of them.
 */
public interface CongestionControl {

    /** As {@link java.util.Locale}-independent lower case, such as {@code cubic}. */
    String name();

    long cwndBytes();

    /** {@link Long#MAX_VALUE} while unknown. */
    long ssthreshBytes();

    /** An acknowledgement was taken in, within a recovery or outside. @param ack valid during this call only */
    void acknowledged(AckSample ack);

    /** What it does at present, in a few words of its specification. */
    default String phase() {
        return cwndBytes() < ssthreshBytes() ? "slow start" : "congestion avoidance";
    }

    /**
     * Octets a second at which segments are to leave; -1 where only the window decides. Asked each time something may be
     * sent.
     */
    default long pacingRateBytesPerSecond() {
        return -1;
    }

    /** Whether {@link #cwndBytes()} governs recoveries too, instead of proportional rate reduction (RFC 6937). */
    default boolean governsRecovery() {
        return false;
    }

    /** Loss showed congestion: a recovery begins. Not called again until the recovery has ended. */
    void congestionDetected(long flightSizeBytes, long nowNanos);

    /**
     * A router has marked a segment instead of dropping it (RFC 3168 6.1.2). By default as {@link #congestionDetected};
     * a smaller reduction is allowed (RFC 8511).
     */
    default void congestionExperienced(long flightSizeBytes, long nowNanos) {
        congestionDetected(flightSizeBytes, nowNanos);
    }

    /** All that was outstanding when the recovery began is acknowledged. */
    void recoveryEnded(long nowNanos);

    /** The retransmission timer ran out (RFC 5681 3.1): one segment in flight, slow start. */
    void retransmissionTimedOut(long flightSizeBytes, long nowNanos);

    /** The last reduction proved spurious (RFC 4015 3.2): back to what was before it. */
    void undo(long nowNanos);

    /** Nothing was sent for a retransmission time-out (RFC 5681 4.1). */
    void restartAfterIdle(long nowNanos);

    /** The maximum segment size changed. */
    void mssChanged(int mssBytes);
}
