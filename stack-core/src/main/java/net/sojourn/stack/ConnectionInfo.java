package net.sojourn.stack;

/**
 * A connection at one moment: what {@code TCP_INFO} tells on Linux. Immutable; any thread.
 *
 * @param id unique in its stack, for ever
 * @param suspended no path at present: nothing is sent, no timer runs
 * @param moves how often the connection changed its path
 * @param migratable whether an extension can move it; see {@code extension} for its own words
 * @param extension one word an extension has for its state, such as {@code MIGRATE_WAIT}; empty if none
 * @param srttNanos smoothed round-trip time (RFC 6298); -1 before the first sample
 * @param rttVarNanos its variation; -1 before the first sample
 * @param phase what sending is governed by: that of congestion control, such as {@code slow start} or {@code conservative
 *     slow start} (RFC 9406), or {@code recovery} (by RFC 6937) or {@code recovery from a time-out} (watched by RFC 5682)
 * @param ssthreshBytes {@link Long#MAX_VALUE} while unknown
 * @param pacingRateBytesPerSecond -1 when nothing is paced
 * @param sendBufferBytes what the send queue may hold at present; it grows with the path
 * @param receiveBufferBytes the same of the receive queue
 * @param userTimeoutNanos how long text may stay unacknowledged; 0 if the number of retransmissions decides
 * @param remoteUserTimeoutNanos what the peer has told of its own (RFC 5482); 0 if nothing
 * @param pathMtuBytes the largest IP packet the path is believed to carry (RFC 4821)
 * @param octetsSent text octets sent, retransmissions included
 * @param octetsRetransmitted text octets sent again
 * @param octetsAcknowledged text octets the peer has acknowledged
 * @param octetsReceived text octets received in order
 * @param spuriousRecoveries reductions of the congestion window that were undone (RFC 4015)
 * @param fastRecoveries losses found without a time-out (RFC 8985; without SACK RFC 5681)
 * @param duplicatesReported how often the peer has told that text came twice (RFC 2883)
 * @param reorderingWindowNanos how much later than others text may arrive before it counts as lost (RFC 8985 6.2)
 * @param ecn explicit congestion notification was agreed (RFC 3168)
 * @param fastOpen text came with the SYN and was taken (RFC 7413)
 * @param ceMarks segments received that a router had marked
 * @param ecnReductions how often the peer's echo of a mark has reduced the congestion window
 */
public record ConnectionInfo(
        long id,
        FourTuple tuple,
        TcpState state,
        boolean suspended,
        int moves,
        boolean migratable,
        String extension,
        long ageNanos,
        long srttNanos,
        long rttVarNanos,
        long rtoNanos,
        long userTimeoutNanos,
        long remoteUserTimeoutNanos,
        String congestionControl,
        String phase,
        long cwndBytes,
        long ssthreshBytes,
        long pacingRateBytesPerSecond,
        long flightBytes,
        long sndWndBytes,
        long rcvWndBytes,
        int sndMssBytes,
        int pathMtuBytes,
        int rcvMssBytes,
        boolean timestamps,
        boolean sack,
        boolean ecn,
        boolean fastOpen,
        int sndWndScale,
        int rcvWndScale,
        long segmentsSent,
        long segmentsReceived,
        long octetsSent,
        long octetsRetransmitted,
        long octetsAcknowledged,
        long octetsReceived,
        long retransmissionTimeouts,
        long tailLossProbes,
        long spuriousRecoveries,
        long fastRecoveries,
        long duplicatesReported,
        long reorderingWindowNanos,
        long ceMarks,
        long ecnReductions,
        long sendQueueBytes,
        long sendBufferBytes,
        long receiveQueueBytes,
        long receiveBufferBytes) {}
