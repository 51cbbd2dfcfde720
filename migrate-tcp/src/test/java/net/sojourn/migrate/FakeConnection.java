package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.PathHandshake;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/** A connection without a TCP machine behind it: it remembers what its extension does to it. */
final class FakeConnection implements ConnectionControl {

    record Sent(FourTuple tuple, HandshakeSegment segment) {}

    final List<Sent> sent = new ArrayList<>();
    final List<TestSegment> toTcp = new ArrayList<>();
    final List<PendingPath.CarryOver> activations = new ArrayList<>();
    final Map<FourTuple, Path> paths = new HashMap<>();
    final Set<FourTuple> ownedByOthers = new HashSet<>();
    ConnectionExtension hooks = ConnectionExtension.NONE;
    TcpState state = TcpState.SYN_SENT;
    FourTuple tuple;
    int iss;
    int irs;
    int sndUna;
    int sndMax;
    int rcvNxt;
    long rcvWndBytes = 1_000_000;
    int wndScale = 7;
    boolean timestamps = true;
    int tsVal = 5_000;
    int tsRecent;
    boolean suspended;
    long bufferedBytes;
    int resumed;
    ConnectionExtension.@Nullable AbortCause aborted;

    private final FakeClock clock;
    private final long id;

    FakeConnection(FakeClock clock, long id, FourTuple tuple, int iss, int irs) {
        this.clock = clock;
        this.id = id;
        this.tuple = tuple;
        this.iss = iss;
        this.irs = irs;
        this.sndUna = iss + 1;
        this.sndMax = iss + 1;
        this.rcvNxt = irs + 1;
    }

    /** A segment that is no SYN of a move arrives on {@code at}, as this end sees it. */
    Passage arrives(FourTuple at, TestSegment segment) {
        Path path = paths.get(at);
        Passage passage = path == null ? Passage.TO_TCP : path.handshake.segmentArrives(segment, clock.nowNanos());
        if (passage == Passage.TO_TCP) {
            assert at.equals(tuple) : "only the active path's segments go to TCP";
            toTcp.add(segment);
            if (suspended) {
                hooks.arrivedWhileSuspended(segment, clock.nowNanos());
            }
        }
        return passage;
    }

    /** What TCP does with a reset it believes. */
    void resetBelieved() {
        dying(ConnectionExtension.AbortCause.RESET);
    }

    void dying(ConnectionExtension.AbortCause cause) {
        if (hooks.abortImpending(cause, clock.nowNanos()) == ConnectionExtension.Verdict.SUSPEND) {
            suspended = true;
        } else {
            end(cause);
        }
    }

    Sent last() {
        return sent.get(sent.size() - 1);
    }

    private void end(ConnectionExtension.AbortCause cause) {
        aborted = cause;
        state = TcpState.CLOSED;
        paths.clear();
        hooks.closed();
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public TcpState state() {
        return state;
    }

    @Override
    public FourTuple tuple() {
        return tuple;
    }

    @Override
    public WireNumbers numbers(long nowNanos) {
        return new WireNumbers(
                iss,
                irs,
                sndUna,
                sndMax,
                sndMax,
                rcvNxt,
                rcvWndBytes,
                wndScale,
                wndScale,
                true,
                1_460,
                timestamps,
                tsVal,
                tsRecent);
    }

    @Override
    public StreamOffsets offsets() {
        return new StreamOffsets(sndUna - iss - 1, sndMax - iss - 1, rcvNxt - irs - 1);
    }

    @Override
    public TextRange unheardText() {
        throw new AssertionError("the classic suite's SYNs have no text");
    }

    @Override
    public PendingPath openPath(FourTuple at, PathHandshake handshake) {
        if (ownedByOthers.contains(at)) {
            throw new IllegalStateException("owned by another connection: " + at);
        }
        assert !paths.containsKey(at) : "two attempts on one path: " + at;
        Path path = new Path(at, handshake);
        paths.put(at, path);
        return path;
    }

    @Override
    public FourTuple freeLocalPort(FourTuple wanted) {
        return ownedByOthers.contains(wanted) ? wanted.withLocal(wanted.localAddress(), 50_001) : wanted;
    }

    @Override
    public FourTuple otherLocalPort(FourTuple unwanted) {
        return unwanted.withLocal(unwanted.localAddress(), 50_002);
    }

    @Override
    public void suspend() {
        suspended = true;
    }

    @Override
    public void resume(long nowNanos) {
        suspended = false;
        resumed++;
    }

    @Override
    public boolean isSuspended() {
        return suspended;
    }

    @Override
    public void peerSynTimestampIsNoClock() {}

    @Override
    public void requestAck() {}

    @Override
    public void listenToFormerPaths(long untilNanos) {}

    @Override
    public long bufferedBytes() {
        return bufferedBytes;
    }

    @Override
    public long retransmissionTimeoutNanos() {
        return 1_000_000_000L;
    }

    @Override
    public void abort(ConnectionExtension.AbortCause cause, long nowNanos) {
        dying(cause);
    }

    @Override
    public Deadline callAt(long deadlineNanos, DeadlineTask task) {
        return clock.callAt(deadlineNanos, task);
    }

    final class Path implements PendingPath {

        private final FourTuple at;
        private final PathHandshake handshake;
        private boolean over;

        Path(FourTuple at, PathHandshake handshake) {
            this.at = at;
            this.handshake = handshake;
        }

        @Override
        public FourTuple tuple() {
            return at;
        }

        @Override
        public int mssBytes() {
            return 1_400;
        }

        @Override
        public void peerMss(int mssOption) {}

        @Override
        public void send(HandshakeSegment segment, long nowNanos) {
            assert !over : "sent on a path that is over: " + at;
            sent.add(new Sent(at, segment));
        }

        @Override
        public int sendWithText(HandshakeSegment segment, byte[] head, long from, int maxTextBytes, long nowNanos) {
            send(segment, nowNanos);
            return 0;
        }

        @Override
        public void takeText(SegmentView syn, int headBytes, long from, long nowNanos) {
            throw new AssertionError("the classic suite's SYNs have no text");
        }

        @Override
        public int sendOutstanding(long from, int maxPacketBytes, long nowNanos) {
            throw new AssertionError("the classic suite sends nothing before it moves");
        }

        @Override
        public void renumber(int sndWireAtSndUna, int rcvWireAtRcvNxt) {
            throw new AssertionError("the classic suite keeps its numbers");
        }

        @Override
        public void activate(CarryOver carryOver, SegmentView evidence, long nowNanos) {
            over();
            tuple = at;
            suspended = false;
            if (evidence.ack() - sndUna > 0) {
                sndUna = evidence.ack();
            }
            activations.add(carryOver);
            sent.add(new Sent(at, new HandshakeSegment(sndUna, rcvNxt, SegmentView.ACK, 1_000, new byte[0])));
        }

        @Override
        public void discard() {
            over();
        }

        private void over() {
            assert !over : "used after its end: " + at;
            over = true;
            paths.remove(at);
        }
    }
}
