package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.CongestionControl;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.tcp.loss.SentSegments;
import net.sojourn.stack.tcp.loss.SpuriousRecovery;
import net.sojourn.stack.wire.TcpView;

/**
 * One acknowledgement (RFC 9293 3.10.7.4, fifth; RFC 5681; RFC 8985; RFC 6582 without SACK): SND.UNA forward, scoreboard,
 * loss, congestion, send window, and what an acknowledged FIN means.
 */
final class AckProcessing {

    private static final int DUPLICATE_THRESHOLD = 3;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** The duplicate that the ACK at hand reports (RFC 2883), or -1. */
    private long reportedStart;

    private long reportedEnd;

    /** @return whether the rest of the segment may be processed */
    boolean segmentArrives(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        Tcp tcp = tcb.tcp;
        long ack = path.numbering.sndOffset(segment.ack(), tcb.sndUna);
        // RFC 5961 5.2
        if (ack > tcb.sndNxt || ack < tcb.sndUna - tcb.maxSndWnd) {
            tcp.counters.drop(DropReason.TCP_ACK_RANGE);
            if (tcp.replies.mayChallenge(tcb, nowNanos)) {
                tcp.counters.count(Counter.CHALLENGE_ACKS);
                tcb.ackNow = true;
            } else {
                tcp.counters.count(Counter.CHALLENGE_ACKS_SUPPRESSED);
            }
            return false;
        }
        long formerWnd = tcb.sndWnd;
        updateWindow(tcb, path, segment, ack);
        long formerUna = tcb.sndUna;
        boolean advances = ack > formerUna;
        findDuplicateReport(tcb, path, segment, ack);
        boolean duplicate = !advances
                && ack == tcb.sndUna
                && segment.sequenceLength() == 0
                && !tcb.sent.isEmpty()
                && tcb.sndWnd == formerWnd;
        updateScoreboard(tcb, path, segment, ack, nowNanos);
        if (advances) {
            moveSndUna(tcb, ack, nowNanos);
        }
        undoIfSpurious(tcb, segment, formerUna, nowNanos);
        if (path == tcb.path) {
            measureRoundTrip(tcb, segment, advances, nowNanos);
        }
        detectLoss(tcb, path, advances, duplicate, nowNanos);
        TailLossProbe.acknowledged(tcb, segment, ack, reportedEnd, duplicate, nowNanos);
        Ecn.acknowledged(tcb, segment, nowNanos);
        if (formerWnd == 0 && tcb.sndWnd > 0) {
            // What went out as a probe of the shut window was not taken.
            tcb.sent.loseAll();
            tcb.path.rtt.forgetBackoff();
            tcb.consecutiveTimeouts = 0;
        }
        if (tcb.sndWnd != formerWnd && (formerWnd == 0 || tcb.sent.isEmpty())) {
            // The timer was for a probe of the former window; what goes out now starts its own.
            tcp.deadlines.cancel(tcb.retransmission);
        }
        if (advances) {
            finMayBeAcknowledged(tcb, nowNanos);
        }
        return tcb.state() != TcpState.CLOSED;
    }

    /** RFC 2883 4: the first block is below the acknowledgement, or inside the second block. */
    private void findDuplicateReport(Tcb tcb, Path path, TcpView segment, long ack) {
        reportedStart = -1;
        reportedEnd = -1;
        if (!tcb.options.sackPermitted() || segment.sackBlocks() == 0) {
            return;
        }
        long left = path.numbering.sndOffset(segment.sackLeft(0), tcb.sndUna);
        long right = path.numbering.sndOffset(segment.sackRight(0), tcb.sndUna);
        boolean inside = segment.sackBlocks() > 1
                && left >= path.numbering.sndOffset(segment.sackLeft(1), tcb.sndUna)
                && right <= path.numbering.sndOffset(segment.sackRight(1), tcb.sndUna);
        // RFC 3708 2: a report for what was never sent, or too long ago, says nothing.
        boolean credible = left < right && left >= Math.max(0, tcb.sndUna - tcb.maxSndWnd) && right <= tcb.sndNxt;
        if (credible && (right <= ack || inside)) {
            tcb.tcp.counters.count(Counter.DUPLICATES_REPORTED);
            tcb.duplicatesReported++;
            reportedStart = left;
            reportedEnd = right;
            tcb.sent.rack().duplicateReported(tcb.sndUna, tcb.sndNxt);
        }
    }

    /** RFC 4015 3.2: the reduction is taken back, and nothing that was believed lost is. */
    private void undoIfSpurious(Tcb tcb, TcpView segment, long formerUna, long nowNanos) {
        SpuriousRecovery spurious = tcb.spurious;
        boolean advances = tcb.sndUna > formerUna;
        boolean timeoutEnds =
                advances && !tcb.inRecovery && formerUna < tcb.recoveryPoint && tcb.sndUna >= tcb.recoveryPoint;
        boolean late = reportedStart >= 0 && spurious.duplicateReported(reportedStart, reportedEnd);
        late |= advances && tcb.options.timestamps() && spurious.isEchoOfOriginal(segment.tsEcr());
        boolean timeoutGoesOn = tcb.sndUna < tcb.recoveryPoint || spurious.prefersNewText();
        late |= timeoutGoesOn && spurious.acknowledgedAfterTimeout(advances, tcb.sent.ackedOriginal());
        if (late) {
            tcb.tcp.counters.count(Counter.SPURIOUS_RETRANSMISSIONS);
            tcb.spuriousRecoveries++;
            spurious.close();
            tcb.path.congestion.undo(nowNanos);
            tcb.sent.findAll();
            tcb.inRecovery = false;
            tcb.recoveryPoint = tcb.sndUna;
            tcb.duplicateAcks = 0;
        } else if (timeoutEnds) {
            spurious.recoveryEnded(tcb.sndNxt);
            tcb.sent.rack().recoveryEnded();
        } else if (advances) {
            spurious.advanced(tcb.sndUna);
        }
    }

    /** RFC 9293 3.10.7.4: SND.WL1 and SND.WL2 keep an old segment from changing the window. */
    private static void updateWindow(Tcb tcb, Path path, TcpView segment, long ack) {
        long seq = path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt);
        if (ack >= tcb.sndUna && (tcb.sndWl1 < seq || (tcb.sndWl1 == seq && tcb.sndWl2 <= ack))) {
            int shift = segment.has(SegmentView.SYN) ? 0 : Math.max(0, tcb.options.sndWndScale());
            tcb.sndWnd = (long) segment.window() << shift;
            tcb.sndWl1 = seq;
            tcb.sndWl2 = ack;
            tcb.maxSndWnd = Math.max(tcb.maxSndWnd, tcb.sndWnd);
        }
    }

    private static void updateScoreboard(Tcb tcb, Path path, TcpView segment, long ack, long nowNanos) {
        SentSegments sent = tcb.sent;
        sent.acknowledge(Math.max(ack, tcb.sndUna), nowNanos);
        if (!tcb.options.sackPermitted()) {
            return;
        }
        // In the order of the stream: blocks that are news together are no evidence of reordering (RFC 8985 6.2).
        long below = Long.MIN_VALUE;
        for (int i = nextBlock(segment, path, tcb, below); i >= 0; i = nextBlock(segment, path, tcb, below)) {
            long left = path.numbering.sndOffset(segment.sackLeft(i), tcb.sndUna);
            long right = path.numbering.sndOffset(segment.sackRight(i), tcb.sndUna);
            // A block at or below SND.UNA is a duplicate report (RFC 2883 4); one we never sent is hostile.
            if (left < right && left >= Math.max(ack, tcb.sndUna) && right <= tcb.sndNxt) {
                sent.sack(left, right, nowNanos);
            }
            below = left;
        }
    }

    /** The block with the least left edge above {@code below}, or -1; of two with the same edge the longer. */
    private static int nextBlock(TcpView segment, Path path, Tcb tcb, long below) {
        int next = -1;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < segment.sackBlocks(); i++) {
            long left = path.numbering.sndOffset(segment.sackLeft(i), tcb.sndUna);
            boolean longer = left == least && segment.sackRight(i) - segment.sackRight(next) > 0;
            if (left > below && (left < least || longer)) {
                least = left;
                next = i;
            }
        }
        return next;
    }

    /** A path switch brings an acknowledgement that is news; {@link SentSegments#acknowledge} has seen it. */
    void advance(Tcb tcb, long ack, long nowNanos) {
        moveSndUna(tcb, ack, nowNanos);
        finMayBeAcknowledged(tcb, nowNanos);
    }

    private static void moveSndUna(Tcb tcb, long ack, long nowNanos) {
        tcb.sndUna = ack;
        tcb.consecutiveTimeouts = 0;
        tcb.probeRestart = true;
        PathMtuDiscovery.acknowledged(tcb);
        tcb.unacknowledgedSinceNanos = nowNanos;
        long textEnd = Math.min(ack, tcb.sendBuffer.end());
        if (textEnd > tcb.sendBuffer.start()) {
            tcb.sendBuffer.release(textEnd);
            BufferTuning.textAcknowledged(tcb);
            if (tcb.application != null) {
                tcb.application.writable();
            }
        }
        // RFC 6298 5.3: restart the timer; Timeouts.arm sets it again if something is outstanding.
        tcb.tcp.deadlines.cancel(tcb.retransmission);
    }

    /**
     * RFC 6298 3 and 5: a time-out that was backed off stays so until there is a measurement, or a path that has become
     * slower than it would be taken for lossy for ever. Of text sent twice only an echoed timestamp tells the time (RFC
     * 7323 4.1).
     */
    private static void measureRoundTrip(Tcb tcb, TcpView segment, boolean advances, long nowNanos) {
        SentSegments sent = tcb.sent;
        if (!sent.ackedRetransmission()) {
            if (sent.rttSampleNanos() >= 0) {
                tcb.path.rtt.sample(sent.rttSampleNanos());
            }
        } else if (advances && tcb.options.timestamps() && segment.tsEcr() != 0) {
            long nanos = (long) (tcb.tsVal(nowNanos) - segment.tsEcr()) * NANOS_PER_MILLI;
            // What cannot be true was not an echo of ours.
            if (nanos >= 0 && nanos <= nowNanos - tcb.bornNanos) {
                tcb.path.rtt.sample(nanos);
            }
        }
    }

    private static void detectLoss(Tcb tcb, Path arrivedOn, boolean advances, boolean duplicate, long nowNanos) {
        SentSegments sent = tcb.sent;
        Path path = tcb.path;
        CongestionControl congestion = path.congestion;
        long delivered = sent.newlyAckedBytes();
        boolean ends = tcb.inRecovery && tcb.sndUna >= tcb.recoveryPoint;
        if (ends) {
            tcb.inRecovery = false;
            tcb.duplicateAcks = 0;
            congestion.recoveryEnded(nowNanos);
            tcb.spurious.recoveryEnded(tcb.sndNxt);
            sent.rack().recoveryEnded();
        }
        if (tcb.options.sackPermitted()) {
            lookAgainAt(tcb, sent.detectLosses(tcb.sndMss(), tcb.inRecovery, path.rtt.srttNanos(), nowNanos));
        } else {
            delivered = countDuplicates(tcb, advances, duplicate, delivered);
        }
        if (tcb.inRecovery) {
            long pipe = Math.max(0, sent.pipeBytes() - duplicateBytes(tcb));
            tcb.prr.acknowledged(delivered, pipe, congestion.ssthreshBytes(), tcb.sndMss(), advances);
        }
        // What a former path still delivers tells nothing about this one.
        if (sent.newlyAckedBytes() > 0 && arrivedOn == path) {
            // RFC 5681 3.1, RFC 3042 2: only what moves SND.UNA lets the window grow.
            boolean grows = advances && !ends && !tcb.inRecovery;
            boolean recovering = tcb.inRecovery || tcb.sndUna < tcb.recoveryPoint;
            congestion.acknowledged(sent.rate()
                    .complete(
                            sent.newlyAckedBytes(),
                            grows,
                            recovering,
                            tcb.cwndLimited,
                            sent.rttSampleNanos(),
                            sent.pipeBytes(),
                            path.rtt.minNanos(),
                            nowNanos));
        }
        mayEnterRecovery(tcb, delivered, nowNanos);
    }

    private static long duplicateBytes(Tcb tcb) {
        return tcb.options.sackPermitted() ? 0 : (long) tcb.duplicateAcks * tcb.sndMss();
    }

    /** RFC 6582: three duplicates or, in recovery, a partial acknowledgement mean that the first segment is lost. */
    private static long countDuplicates(Tcb tcb, boolean advances, boolean duplicate, long delivered) {
        if (duplicate) {
            tcb.duplicateAcks++;
            if (!tcb.inRecovery && tcb.duplicateAcks == DUPLICATE_THRESHOLD && tcb.sndUna > tcb.recoveryPoint) {
                tcb.sent.loseFirst(tcb.sndMss());
            }
            return delivered + tcb.sndMss();
        }
        if (advances) {
            tcb.duplicateAcks = 0;
            if (tcb.inRecovery) {
                tcb.sent.loseFirst(tcb.sndMss());
            }
        }
        return delivered;
    }

    static void lookAgainAt(Tcb tcb, long dueNanos) {
        if (dueNanos == Long.MAX_VALUE) {
            tcb.tcp.deadlines.cancel(tcb.reordering);
        } else {
            tcb.tcp.deadlines.set(tcb.reordering, dueNanos);
        }
    }

    /** Fast recovery begins when loss is known and neither it nor recovery from a time-out is under way. */
    static void mayEnterRecovery(Tcb tcb, long delivered, long nowNanos) {
        if (tcb.inRecovery
                || tcb.sent.lostBytes() == 0
                || tcb.sndUna < tcb.recoveryPoint
                || PathMtuDiscovery.onlyTheProbeIsLost(tcb)) {
            return;
        }
        tcb.tcp.counters.count(Counter.FAST_RECOVERIES);
        tcb.fastRecoveries++;
        long flight = tcb.sndNxt - tcb.sndUna;
        tcb.inRecovery = true;
        tcb.recoveryPoint = tcb.sndNxt;
        tcb.path.congestion.congestionDetected(tcb.flightSizeBytes(), nowNanos);
        Ecn.windowReduced(tcb);
        tcb.spurious.begin(tcb.sndUna, false);
        tcb.tailLossProbeEnd = -1;
        tcb.prr.begin(flight);
        tcb.prr.acknowledged(delivered, tcb.sent.pipeBytes(), tcb.path.congestion.ssthreshBytes(), tcb.sndMss(), false);
    }

    private static void finMayBeAcknowledged(Tcb tcb, long nowNanos) {
        if (!tcb.isFinAcknowledged()) {
            return;
        }
        if (tcb.application != null) {
            tcb.application.writable();
        }
        switch (tcb.state()) {
            case FIN_WAIT_1 -> {
                tcb.enter(TcpState.FIN_WAIT_2);
                tcb.tcp.timeouts.armFinWait2(tcb, nowNanos);
            }
            case CLOSING -> {
                tcb.enter(TcpState.TIME_WAIT);
                tcb.tcp.timeouts.enterTimeWait(tcb, nowNanos);
            }
            case LAST_ACK -> tcb.tcp.destroy(tcb, ConnectionFailure.NONE);
            default -> {}
        }
    }
}
