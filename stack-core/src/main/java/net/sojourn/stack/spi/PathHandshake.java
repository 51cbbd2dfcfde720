package net.sojourn.stack.spi;

/** Sees the segments of a {@link PendingPath} first. Loop thread only. */
@FunctionalInterface
public interface PathHandshake {

    Passage segmentArrives(SegmentView segment, long nowNanos);

    enum Passage {
        CONSUMED,
        /** Let the connection process it as an ordinary segment (after {@link PendingPath#activate}, usually). */
        TO_TCP,
        DROP
    }
}
