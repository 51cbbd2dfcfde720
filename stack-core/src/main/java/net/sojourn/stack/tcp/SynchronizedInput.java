package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.spi.ConnectionExtension.AckKind;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.SequenceNumber;
import net.sojourn.stack.wire.TcpView;

/**
 * RFC 9293 3.10.7.4, "Other states": SYN-RECEIVED to TIME-WAIT. The order of the steps is the RFC's and matters. {@code
 * path} is the one the segment came by, which need not be the active one.
 */
final class SynchronizedInput {

    /** RFC 7323 5.5: TS.Recent older than 24 days says nothing any more. */
    private static final long TS_RECENT_AGE_NANOS = 24L * 24 * 3600 * 1_000_000_000;

    void segmentArrives(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        path.saw(segment);
        if (!step1SequenceIsAcceptable(tcb, path, segment, nowNanos)) {
            return;
        }
        if (step2ResetEnds(tcb, path, segment, nowNanos)) {
            return;
        }
        // No step 3: security and compartment are of no use outside closed networks (RFC 9293 A.1).
        if (step4SynIsChallenged(tcb, segment, nowNanos)) {
            return;
        }
        if (tcb.suspended) {
            // EXTENSION: evidence of life while suspended; nothing is answered before it says so.
            tcb.extension.arrivedWhileSuspended(segment, nowNanos);
            if (tcb.suspended || tcb.state() == TcpState.CLOSED) {
                return;
            }
        }
        if (!step5AckIsUsable(tcb, path, segment, nowNanos)) {
            return;
        }
        UrgentData.step6Urgent(tcb, path, segment);
        tcb.tcp.text.step7Text(tcb, path, segment, nowNanos);
        if (tcb.state() != TcpState.CLOSED) {
            tcb.tcp.text.step8Fin(tcb, nowNanos);
        }
    }

    // ---- first: sequence number, and PAWS before it (RFC 7323 5.3)

    private boolean step1SequenceIsAcceptable(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        long start = path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt);
        // What was under way on a path that the connection has left is older than what has come since by a faster one.
        boolean byActivePath = path == tcb.path;
        if (tcb.options.timestamps() && !segment.has(SegmentView.RST)) {
            // RFC 7323 3.2; but a SYN is answered whatever it carries, its sender may know nothing (RFC 5961 4.2).
            if (!segment.hasTimestamps() && !segment.has(SegmentView.SYN)) {
                tcb.tcp.counters.drop(DropReason.TCP_NO_TIMESTAMP);
                return false;
            }
            if (byActivePath && segment.hasTimestamps() && isBeforeTsRecent(tcb, segment, nowNanos)) {
                tcb.tcp.counters.drop(DropReason.TCP_PAWS);
                if (mayAcknowledgeUnwanted(tcb, segment, start, nowNanos)) {
                    acknowledge(tcb, nowNanos);
                }
                return false;
            }
        }
        if (!isAcceptable(tcb, start, segment.sequenceLength()) && !answersOurSynInSimultaneousOpen(tcb, segment)) {
            refuse(tcb, segment, start, nowNanos);
            return false;
        }
        // RFC 7323 4.3 (2): only a segment at or before what was last acknowledged updates TS.Recent.
        if (tcb.options.timestamps()
                && byActivePath
                && segment.hasTimestamps()
                && start <= tcb.lastAckSent
                && !isBeforeTsRecent(tcb, segment, nowNanos)) {
            tcb.tsRecent = segment.tsVal();
            tcb.tsRecentNanos = nowNanos;
            tcb.tsRecentIsClock = true;
        }
        tcb.lastHeardNanos = nowNanos;
        tcb.keepAliveProbesSent = 0;
        return true;
    }

    private static boolean isBeforeTsRecent(Tcb tcb, TcpView segment, long nowNanos) {
        return tcb.tsRecentIsClock
                && SequenceNumber.isBefore(segment.tsVal(), tcb.tsRecent)
                && nowNanos - tcb.tsRecentNanos < TS_RECENT_AGE_NANOS;
    }

    /** The table of RFC 9293 3.4. A full window still takes what only acknowledges or resets at RCV.NXT. */
    private static boolean isAcceptable(Tcb tcb, long start, int length) {
        long wnd = tcb.rcvWnd();
        if (length == 0) {
            return wnd == 0 ? start == tcb.rcvNxt : start >= tcb.rcvNxt && start < tcb.rcvNxt + wnd;
        }
        long last = start + length - 1;
        return wnd > 0 && start < tcb.rcvNxt + wnd && last >= tcb.rcvNxt;
    }

    /** RFC 9293 figure 8, lines 5 to 7: the SYN is the one we know, its ACK is what both wait for. */
    private static boolean answersOurSynInSimultaneousOpen(Tcb tcb, TcpView segment) {
        return tcb.state() == TcpState.SYN_RECEIVED
                && tcb.initiator
                && (segment.flags() & (SegmentView.SYN | SegmentView.ACK | SegmentView.RST))
                        == (SegmentView.SYN | SegmentView.ACK)
                && segment.seq() == tcb.irs;
    }

    private static void refuse(Tcb tcb, TcpView segment, long start, long nowNanos) {
        Tcp tcp = tcb.tcp;
        tcp.counters.drop(DropReason.TCP_SEQUENCE);
        if (segment.has(SegmentView.RST)) {
            return;
        }
        if (tcb.state() == TcpState.SYN_RECEIVED) {
            if (segment.has(SegmentView.SYN) && segment.seq() == tcb.irs) {
                // Our SYN/ACK was lost, or is late: the same again.
                tcp.output.sendSyn(tcb, nowNanos);
            } else if (mayAcknowledgeUnwanted(tcb, segment, start, nowNanos)) {
                acknowledge(tcb, nowNanos);
            }
            return;
        }
        if (tcb.suspended) {
            return;
        }
        if (start + segment.sequenceLength() <= tcb.rcvNxt && segment.payloadBytes() > 0) {
            tcp.counters.count(Counter.DUPLICATE_SEGMENTS);
            tcb.duplicateStart = start;
            tcb.duplicateEnd = start + segment.payloadBytes();
        }
        if (tcb.state() == TcpState.TIME_WAIT && segment.has(SegmentView.FIN)) {
            tcp.timeouts.enterTimeWait(tcb, nowNanos);
        }
        // Its ACK still counts when the window is shut (RFC 9293 3.10.7.4, MUST-66).
        if (tcb.rcvWnd() == 0 && start == tcb.rcvNxt && segment.has(SegmentView.ACK) && !segment.has(SegmentView.SYN)) {
            tcp.acks.segmentArrives(tcb, tcb.path, segment, nowNanos);
        }
        if (tcb.state() != TcpState.CLOSED && mayAcknowledgeUnwanted(tcb, segment, start, nowNanos)) {
            tcb.ackNow = true;
        }
    }

    /**
     * Two ends that both answer what is outside their windows would do so for ever, and strangers could have us answer as
     * fast as they send (RFC 5961 7). Text sent again is another matter: its sender has not heard our ACK.
     */
    private static boolean mayAcknowledgeUnwanted(Tcb tcb, TcpView segment, long start, long nowNanos) {
        int textBytes = segment.payloadBytes();
        long oldest = tcb.rcvNxt - tcb.tcp.settings.receiveBufferBytes();
        boolean sentAgain = start + textBytes <= tcb.rcvNxt && start >= oldest;
        boolean probesShutWindow = tcb.rcvWnd() == 0 && start == tcb.rcvNxt;
        if (textBytes > 0 && !segment.has(SegmentView.SYN) && (sentAgain || probesShutWindow)) {
            return true;
        }
        if (tcb.tcp.replies.mayChallenge(tcb, nowNanos)) {
            return true;
        }
        tcb.tcp.counters.count(Counter.ACKS_SUPPRESSED);
        return false;
    }

    // ---- second: RST (RFC 5961 3.2)

    private static boolean step2ResetEnds(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        if (!segment.has(SegmentView.RST)) {
            return false;
        }
        Tcp tcp = tcb.tcp;
        // EXTENSION: what only the peer can have made needs no exact number.
        if (tcb.state() != TcpState.TIME_WAIT && segment.hasUnknownOptions() && tcb.extension.isProvedReset(segment)) {
            tcp.destroy(tcb, ConnectionFailure.RESET);
            return true;
        }
        if (path != tcb.path) {
            // Whoever answers at a place that the connection has left says nothing about where it lives.
            tcp.counters.drop(DropReason.TCP_BLIND_RESET);
            return true;
        }
        if (segment.seq() != path.numbering.rcvWire(tcb.rcvNxt)) {
            tcp.counters.drop(DropReason.TCP_BLIND_RESET);
            if (!tcb.suspended) {
                challenge(tcb, nowNanos);
            }
            return true;
        }
        switch (tcb.state()) {
            case SYN_RECEIVED -> {
                FastOpen.reset(tcb, nowNanos);
                tcp.destroy(tcb, tcb.initiator ? ConnectionFailure.REFUSED : ConnectionFailure.RESET);
            }
            // RFC 1337: a reset must not end TIME-WAIT early.
            case TIME_WAIT -> tcp.counters.drop(DropReason.TCP_BLIND_RESET);
            default -> UserCalls.abort(tcb, AbortCause.RESET, nowNanos);
        }
        return true;
    }

    private static void challenge(Tcb tcb, long nowNanos) {
        if (tcb.tcp.replies.mayChallenge(tcb, nowNanos)) {
            tcb.tcp.counters.count(Counter.CHALLENGE_ACKS);
            acknowledge(tcb, nowNanos);
        } else {
            tcb.tcp.counters.count(Counter.CHALLENGE_ACKS_SUPPRESSED);
        }
    }

    /** SYN-RECEIVED answers too (RFC 9293 3.10.7.4, first), though nothing else is sent in it but our SYN/ACK. */
    private static void acknowledge(Tcb tcb, long nowNanos) {
        if (tcb.state() == TcpState.SYN_RECEIVED) {
            tcb.tcp.output.sendAck(tcb, nowNanos);
        } else {
            tcb.ackNow |= !tcb.suspended;
        }
    }

    // ---- fourth: SYN (RFC 5961 4.2)

    private static boolean step4SynIsChallenged(Tcb tcb, TcpView segment, long nowNanos) {
        if (!segment.has(SegmentView.SYN)) {
            return false;
        }
        if (answersOurSynInSimultaneousOpen(tcb, segment)) {
            return false;
        }
        if (tcb.state() == TcpState.SYN_RECEIVED && !tcb.initiator && segment.seq() == tcb.irs) {
            // The same SYN with text, of which some or all was left for later.
            tcb.tcp.output.sendSyn(tcb, nowNanos);
            return true;
        }
        tcb.tcp.counters.drop(DropReason.TCP_BLIND_SYN);
        if (tcb.state() == TcpState.SYN_RECEIVED) {
            if (tcb.initiator) {
                challenge(tcb, nowNanos);
            } else {
                tcb.tcp.destroy(tcb, ConnectionFailure.RESET);
            }
            return true;
        }
        if (!tcb.suspended) {
            challenge(tcb, nowNanos);
        }
        return true;
    }

    // ---- fifth: ACK

    private static boolean step5AckIsUsable(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        Tcp tcp = tcb.tcp;
        if (!segment.has(SegmentView.ACK)) {
            tcp.counters.drop(DropReason.TCP_NO_ACK);
            return false;
        }
        if (tcb.state() == TcpState.SYN_RECEIVED) {
            if (!acknowledgesOurSyn(tcb, path, segment)) {
                tcp.counters.drop(DropReason.TCP_ACK_RANGE);
                tcp.replies.reset(segment, path.tuple(), nowNanos);
                return false;
            }
            if (tcb.listener != null && tcb.listener.isFull() && !FastOpen.isPending(tcb)) {
                // Our SYN/ACK will be repeated, and there may be room then.
                tcp.counters.count(Counter.ACCEPT_QUEUE_OVERFLOWS);
                tcp.counters.drop(DropReason.TCP_BACKLOG_FULL);
                return false;
            }
            tcb.sndUna = 0;
            if (tcb.synTransmissions == 1) {
                tcb.handshakeRoundTrip(path, nowNanos - tcb.lastSentNanos);
            } else if (tcb.synTransmissions > 1) {
                path.rtt.synWasRetransmitted();
            }
            int shift = segment.has(SegmentView.SYN) ? 0 : Math.max(0, tcb.options.sndWndScale());
            tcb.sndWnd = (long) segment.window() << shift;
            tcb.maxSndWnd = Math.max(tcb.maxSndWnd, tcb.sndWnd);
            established(tcb, nowNanos);
            if (tcb.state() == TcpState.CLOSED) {
                return false;
            }
        }
        UserTimeout.adviceArrives(tcb, segment);
        if (segment.hasUnknownOptions()) {
            // EXTENSION: options of its own on an ordinary segment.
            AckKind kind = tcb.extension.optionsArrived(segment, nowNanos);
            if (kind == AckKind.CARRIER_ONLY && segment.sequenceLength() == 0) {
                return true;
            }
        }
        return tcp.acks.segmentArrives(tcb, path, segment, nowNanos);
    }

    /** And, where text could go before that, any of it (RFC 7413 4.2.2). */
    private static boolean acknowledgesOurSyn(Tcb tcb, Path path, TcpView segment) {
        long ack = path.numbering.sndOffset(segment.ack(), 0);
        return ack == 0 || (ack > 0 && ack <= tcb.sndNxt && FastOpen.isPending(tcb));
    }

    /** Both SYNs are acknowledged. */
    static void established(Tcb tcb, long nowNanos) {
        Tcp tcp = tcb.tcp;
        tcp.deadlines.cancel(tcb.retransmission);
        tcb.consecutiveTimeouts = 0;
        tcb.enter(TcpState.ESTABLISHED);
        tcb.sndWl1 = Math.max(tcb.sndWl1, -1);
        Listener listener = tcb.listener;
        if (FastOpen.isPending(tcb)) {
            // The application has had it since the SYN.
            FastOpen.ended(tcb);
        } else if (listener != null) {
            tcb.attach(tcp.listenInput.established(listener, tcb));
        }
        // EXTENSION: the connection can be moved from now on, if it was agreed.
        tcb.extension.established(nowNanos);
        if (tcb.state() == TcpState.CLOSED) {
            return;
        }
        if (tcb.finOffset >= 0) {
            // Closed while still in SYN-RECEIVED.
            tcb.enter(TcpState.FIN_WAIT_1);
        }
        Application application = tcb.application;
        if (application != null) {
            application.established();
        }
        tcp.timeouts.armIdle(tcb, nowNanos);
    }

    /** RFC 6191, RFC 9293 3.10.7.4: a new SYN may reuse the 4-tuple of a connection in TIME-WAIT. */
    boolean endsTimeWait(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        if ((segment.flags() & (SegmentView.SYN | SegmentView.ACK | SegmentView.RST)) != SegmentView.SYN) {
            return false;
        }
        boolean timestampsAgain = tcb.tcp.settings.timestamps() && segment.hasTimestamps();
        if (timestampsAgain && !tcb.options.timestamps()) {
            return true;
        }
        if (timestampsAgain) {
            return SequenceNumber.isAfter(segment.tsVal(), tcb.tsRecent)
                    || (segment.tsVal() == tcb.tsRecent
                            && path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt) > tcb.rcvNxt);
        }
        return path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt) > tcb.rcvNxt;
    }
}
