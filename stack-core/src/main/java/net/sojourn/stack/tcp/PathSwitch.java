package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Deadlines.Deadline;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.PathHandshake;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.tcp.path.RttEstimator;
import net.sojourn.stack.tcp.path.StreamNumbering;
import net.sojourn.stack.wire.SequenceNumber;
import net.sojourn.stack.wire.TcpView;

/**
 * How a connection gets another path, and how it lives without one.
 *
 * <p>What survives a move: the stream and its offsets, both buffers, what was received out of order, agreed options, the
 * timestamp clock, TS.Recent, Nagle, keep-alive, the state. What does not ({@link
 * PendingPath.CarryOver#NOTHING}): congestion window, RTT and its time-out, path MTU and segment size, ECN, and the belief that
 * anything unacknowledged will arrive: all of it is sent again from the peer's acknowledgement. The former path is listened
 * to for one more time-out, since segments may still be under way there; nothing is sent on it.
 */
final class PathSwitch {

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final byte[] NO_HEAD = new byte[0];

    private PathSwitch() {}

    static PendingPath open(Tcb tcb, FourTuple tuple, PathHandshake handshake) {
        Tcp tcp = tcb.tcp;
        Path existing = tcp.paths.find(tuple);
        if (existing != null && existing.tcb != tcb) {
            throw new IllegalStateException("another connection is " + tuple);
        }
        Path path = tcp.newPath(tcb, tuple, 0, 0);
        path.numbering = tcb.path.numbering;
        path.handshake = handshake;
        path.sndMssBytes = TcpOutput.sndMss(tcb, path);
        if (existing == null) {
            tcp.paths.add(path);
        } else if (existing == tcb.path) {
            path.beneath = existing;
            tcp.paths.replace(existing, path);
        } else {
            existing.endRetirement();
            tcb.otherPaths.remove(existing);
            path.beneath = existing.beneath;
            tcp.paths.replace(existing, path);
        }
        tcb.otherPaths.add(path);
        return new Pending(path);
    }

    static void suspend(Tcb tcb) {
        if (tcb.suspended) {
            return;
        }
        tcb.suspended = true;
        tcb.ackNow = false;
        tcb.ackWithBatch = false;
        tcb.ackDelayed = false;
        tcb.tcp.deadlines.cancel(tcb.retransmission);
        tcb.tcp.deadlines.cancel(tcb.reordering);
        tcb.tcp.deadlines.cancel(tcb.leftBehind);
        tcb.tcp.deadlines.cancel(tcb.lossProbe);
        tcb.tcp.deadlines.cancel(tcb.pacing);
        tcb.tcp.deadlines.cancel(tcb.delayedAck);
        tcb.tcp.timeouts.armIdle(tcb, 0);
    }

    static void resume(Tcb tcb, long nowNanos) {
        if (!tcb.suspended) {
            return;
        }
        tcb.suspended = false;
        tcb.sent.rack().forget();
        sendAgain(tcb, nowNanos);
    }

    /** Everything unacknowledged counts as lost with the path it went by, not as a sign of congestion on this one. */
    static void sendAgain(Tcb tcb, long nowNanos) {
        tcb.sent.loseAll();
        goOn(tcb, nowNanos);
    }

    private static void goOn(Tcb tcb, long nowNanos) {
        tcb.inRecovery = false;
        tcb.recoveryPoint = tcb.sndNxt;
        tcb.duplicateAcks = 0;
        tcb.consecutiveTimeouts = 0;
        tcb.spurious.close();
        tcb.tailLossProbeEnd = -1;
        tcb.nextSendNanos = nowNanos;
        tcb.tcp.deadlines.cancel(tcb.pacing);
        tcb.path.rtt.forgetBackoff();
        tcb.quickAcks = Tcb.QUICK_ACKS;
        tcb.lastHeardNanos = nowNanos;
        tcb.unacknowledgedSinceNanos = nowNanos;
        tcb.lastSentNanos = nowNanos;
        tcb.ackNow = true;
        tcb.tcp.timeouts.armIdle(tcb, nowNanos);
        tcb.tcp.wantsOutput(tcb);
    }

    private static void activate(Path path, PendingPath.CarryOver carryOver, SegmentView evidence, long nowNanos) {
        Tcb tcb = path.tcb;
        Path former = tcb.path;
        tcb.otherPaths.remove(path);
        path.handshake = null;
        if (carryOver == PendingPath.CarryOver.CONGESTION_STATE) {
            path.rtt = former.rtt;
            path.congestion = former.congestion;
            path.mtuBytes = former.mtuBytes;
            path.mtuCeilingBytes = former.mtuCeilingBytes;
            path.mtuRaiseNanos = former.mtuRaiseNanos;
            path.sndMssBytes = former.sndMssBytes;
            path.carriesEcn = former.carriesEcn;
        } else {
            path.carriesEcn = false;
            tcb.sent.rack().forget();
            tcb.sent.forgetRate();
            takeFirstSample(path, evidence, nowNanos);
            limitMss(path, evidence.mssOption());
        }
        path.congestion.mssChanged(path.sndMssBytes);
        tcb.path = path;
        if (path.beneath == former) {
            path.beneath = null;
        } else {
            retire(former, nowNanos);
        }
        tcb.moves++;
        tcb.tcp.counters.count(Counter.MOVES);
        limitNumbers(path, former, evidence);
        takeOver(tcb, path, evidence, nowNanos);
        boolean flightGoesOn = carryOver == PendingPath.CarryOver.FLIGHT && !tcb.suspended;
        tcb.suspended = false;
        if (flightGoesOn) {
            leaveBehind(tcb, former, nowNanos);
        } else {
            sendAgain(tcb, nowNanos);
        }
    }

    /** Before the break: the former path delivers what it has, and its acknowledgements come by the new one. */
    private static void leaveBehind(Tcb tcb, Path former, long nowNanos) {
        tcb.sent.leaveBehind();
        goOn(tcb, nowNanos);
        RttEstimator rtt = tcb.path.rtt;
        long roundTripNanos = Math.max(former.rtt.srttNanos(), rtt.srttNanos());
        long patienceNanos = Math.min(roundTripNanos + roundTripNanos / 4, rtt.rtoNanos() * 3 / 4);
        tcb.tcp.deadlines.set(tcb.leftBehind, nowNanos + patienceNanos);
    }

    /** What a former path has not delivered by now it never will; no sign of congestion on this one. */
    static void leftBehindIsLost(Tcb tcb, long nowNanos) {
        if (tcb.sent.loseLeftBehind()) {
            tcb.recoveryPoint = tcb.sndNxt;
            tcb.tcp.wantsOutput(tcb);
        }
    }

    /** What has been seen on this path is {@code evidence}, and what came with the peer's SYN. */
    private static void limitNumbers(Path path, Path former, SegmentView evidence) {
        if (path.tuple().equals(former.tuple())) {
            path.seenEnd = former.seenEnd;
            return;
        }
        int synBytes = evidence.has(SegmentView.SYN) ? 1 : 0;
        if (synBytes == 1) {
            path.sendLimit = path.numbering.sndOffset(evidence.ack(), path.tcb.sndUna) + evidence.window();
        }
        long end = path.numbering.rcvOffset(evidence.seq(), path.tcb.rcvNxt) + synBytes + evidence.payloadBytes();
        path.seenEnd = end;
    }

    /** RFC 6298 3, Karn's rule: of what went out twice only an echoed timestamp tells the time (RFC 7323 4.1). */
    private static void takeFirstSample(Path path, SegmentView evidence, long nowNanos) {
        Tcb tcb = path.tcb;
        long sinceFirstNanos = nowNanos - path.handshakeSentNanos;
        if (path.handshakeTransmissions == 1) {
            tcb.handshakeRoundTrip(path, sinceFirstNanos);
        } else if (path.handshakeTransmissions > 1 && tcb.options.timestamps() && evidence.hasTimestamps()) {
            long echoedNanos = (long) (tcb.tsVal(nowNanos) - evidence.tsEcr()) * NANOS_PER_MILLI;
            // What was sent before this handshake tells nothing of its path. The clock's tick may have begun earlier.
            if (echoedNanos >= 0 && echoedNanos < sinceFirstNanos + NANOS_PER_MILLI) {
                tcb.handshakeRoundTrip(path, Math.min(echoedNanos, sinceFirstNanos));
            }
        }
    }

    /** RFC 6691: what the peer's MSS option says, if it is there, less the options of every segment. */
    private static void limitMss(Path path, int mssOption) {
        if (mssOption > 0) {
            int optionBytes = path.tcb.options.timestamps() ? 12 : 0;
            int mssBytes = Math.max(SynOptions.LEAST_MSS, mssOption) - optionBytes;
            path.sndMssBytes = Math.min(path.sndMssBytes, mssBytes);
        }
    }

    /** Acknowledgement, window and timestamp of the segment that proved the path. */
    private static void takeOver(Tcb tcb, Path path, SegmentView evidence, long nowNanos) {
        long seq = path.numbering.rcvOffset(evidence.seq(), tcb.rcvNxt);
        if (evidence.has(SegmentView.ACK)) {
            long ack = path.numbering.sndOffset(evidence.ack(), tcb.sndUna);
            tcb.sent.acknowledge(Math.max(tcb.sndUna, Math.min(ack, tcb.sndNxt)), nowNanos);
            if (ack > tcb.sndUna && ack <= tcb.sndNxt) {
                tcb.tcp.acks.advance(tcb, ack, nowNanos);
            }
            int shift = evidence.has(SegmentView.SYN) ? 0 : Math.max(0, tcb.options.sndWndScale());
            tcb.sndWnd = (long) evidence.window() << shift;
            tcb.maxSndWnd = Math.max(tcb.maxSndWnd, tcb.sndWnd);
            tcb.sndWl1 = Math.min(seq, tcb.rcvNxt);
            tcb.sndWl2 = Math.min(ack, tcb.sndUna);
        }
        if (tcb.options.timestamps()
                && evidence.hasTimestamps()
                && (!tcb.tsRecentIsClock || SequenceNumber.isAfter(evidence.tsVal(), tcb.tsRecent))) {
            tcb.tsRecent = evidence.tsVal();
            tcb.tsRecentNanos = nowNanos;
            tcb.tsRecentIsClock = true;
        }
    }

    private static void retire(Path former, long nowNanos) {
        Tcb tcb = former.tcb;
        tcb.otherPaths.add(former);
        former.retirement = new Deadline() {
            @Override
            protected void passes(long now) {
                if (tcb.otherPaths.remove(former)) {
                    tcb.tcp.paths.remove(former);
                }
            }
        };
        tcb.tcp.deadlines.set(former.retirement, nowNanos + former.rtt.rtoNanos());
    }

    static void listenToFormerPaths(Tcb tcb, long untilNanos) {
        for (Path former : tcb.otherPaths) {
            if (former.retirement != null) {
                tcb.tcp.deadlines.set(former.retirement, untilNanos);
            }
        }
    }

    private record Pending(Path path) implements PendingPath {

        @Override
        public FourTuple tuple() {
            return path.tuple();
        }

        @Override
        public int mssBytes() {
            return path.mtuBytes - IpOutput.headerBytes(path.tuple().peerAddress()) - TcpView.MIN_HEADER_BYTES;
        }

        @Override
        public void peerMss(int mssOption) {
            limitMss(path, mssOption);
        }

        @Override
        public void send(HandshakeSegment segment, long nowNanos) {
            sendWithText(segment, NO_HEAD, path.tcb.sndUna, 0, nowNanos);
        }

        @Override
        public int sendWithText(HandshakeSegment segment, byte[] head, long from, int maxTextBytes, long nowNanos) {
            Tcb tcb = path.tcb;
            int textBytes = maxTextBytes > 0 ? tcb.tcp.output.claimText(tcb, from, maxTextBytes, nowNanos) : 0;
            var writer = tcb.tcp.writer;
            var packet = writer.begin(path.tuple(), segment.options().length + 3 + head.length + textBytes);
            packet.writeBytes(segment.options());
            int optionBytes = SegmentWriter.padOptions(packet);
            packet.writeBytes(head);
            if (textBytes > 0) {
                tcb.sendBuffer.copyTo(from, textBytes, packet);
            }
            path.tcb.segmentsSent++;
            if ((segment.flags() & SegmentView.SYN) != 0) {
                path.handshakeSentNanos = path.handshakeTransmissions == 0 ? nowNanos : path.handshakeSentNanos;
                path.handshakeTransmissions++;
            }
            writer.send(
                    packet,
                    path.tuple(),
                    segment.seq(),
                    segment.ack(),
                    segment.flags(),
                    segment.window(),
                    path.tcb.dscpBits,
                    optionBytes,
                    0);
            return textBytes;
        }

        @Override
        public void takeText(SegmentView syn, int headBytes, long from, long nowNanos) {
            Tcb tcb = path.tcb;
            if (syn instanceof TcpView segment && tcb.state() != TcpState.CLOSED) {
                // It has not been seen where the connection still lives: see Path.seenEnd.
                tcb.path.seenEnd = Math.min(tcb.path.seenEnd, tcb.rcvNxt);
                tcb.tcp.text.take(tcb, segment, headBytes, from, nowNanos);
            }
        }

        @Override
        public int sendOutstanding(long from, int maxPacketBytes, long nowNanos) {
            return path.tcb.tcp.output.copyOutstanding(path.tcb, path, from, maxPacketBytes, nowNanos);
        }

        @Override
        public void renumber(int sndWireAtSndUna, int rcvWireAtRcvNxt) {
            path.numbering = new StreamNumbering(
                    sndWireAtSndUna - (int) path.tcb.sndUna, rcvWireAtRcvNxt - (int) path.tcb.rcvNxt);
        }

        @Override
        public void activate(CarryOver carryOver, SegmentView evidence, long nowNanos) {
            PathSwitch.activate(path, carryOver, evidence, nowNanos);
        }

        @Override
        public void discard() {
            Tcb tcb = path.tcb;
            if (!tcb.otherPaths.remove(path)) {
                return;
            }
            path.handshake = null;
            if (path.beneath == null) {
                tcb.tcp.paths.remove(path);
            } else {
                tcb.tcp.paths.replace(path, path.beneath);
            }
        }
    }
}
