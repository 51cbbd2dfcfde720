package net.sojourn.stack.spi;

/**
 * What one acknowledgement tells congestion control. One object is used again and again: valid during the call that was
 * given it. Rates are those of delivery as the sender can see it (draft-ietf-ccwg-bbr, delivery rate samples).
 */
public interface AckSample {

    long nowNanos();

    /** Octets that this is the first to acknowledge, cumulatively or selectively. */
    long ackedBytes();

    /** SND.UNA has moved outside of a recovery: the only kind that lets a loss-based window grow (RFC 5681 3.1). */
    boolean mayGrow();

    /** A loss recovery or the recovery from a time-out is under way. */
    boolean inRecovery();

    /** The sender had used its whole congestion window when it last sent (RFC 7661: grow only then). */
    boolean cwndLimited();

    /** The latest round-trip sample; -1 if this acknowledgement gives none. */
    long rttNanos();

    /** Octets in flight now, as RFC 6675 reckons them. */
    long inFlightBytes();

    /** The first acknowledgement of something that was sent after the last round trip began: another begins. */
    boolean startsRound();

    /** Octets delivered on this path so far. */
    long deliveredBytes();

    /** Octets a second at which the path delivered what was acknowledged last; -1 if that cannot be told. */
    long deliveryRateBytesPerSecond();

    /** The rate may be less than what the path can carry: the application had nothing more to send. */
    boolean applicationLimited();
}
