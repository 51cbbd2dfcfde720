package net.sojourn.stack.tcp;

import static net.sojourn.stack.freeze.StateReader.require;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.tcp.path.StreamNumbering;

/**
 * A connection between two lives of its stack.
 *
 * <p>What survives is what {@link PathSwitch} lets survive a move, and the numbering of the path: the stream and its
 * offsets, both buffers, what came out of order, agreed options, the timestamp clock, TS.Recent, what the application chose,
 * the state. What does not: round-trip time and congestion (the network may be another by now), attempts at other paths, and
 * the belief that anything unacknowledged will arrive. A thawed connection says so at once: everything is sent again from
 * SND.UNA, and an ACK with the true window goes out, which also takes a peer out of its back-off.
 *
 * <p>Reading is apart from thawing, so that a state which is wrong in its last octet changes nothing. The checks are those
 * invariants on which the rest of TCP relies; {@link #read} is the only way in.
 */
final class FrozenTcb {

    private static final long MOST_OFFSET = 1L << 62;
    private static final long LARGEST_WINDOW = 1L << 30;
    private static final int MOST_BUFFER_BYTES = 1 << 30;
    private static final int LARGEST_MTU_BYTES = 65_535;
    private static final long LONGEST_NANOS = 1L << 60;
    private static final int MOST_PIECES = 1 << 16;
    private static final int MOST_SCALE = 14;

    /** Text from an offset on. */
    private record Text(long start, ByteBuffer octets) {
        long end() {
            return start + octets.remaining();
        }
    }

    private long id;
    private boolean initiator;
    private TcpState state = TcpState.CLOSED;
    private boolean applicationClosed;
    private boolean suspended;
    private int moves;
    private long ageNanos;
    private FourTuple tuple;
    private StreamNumbering numbering = new StreamNumbering(0, 0);
    private int iss;
    private int irs;
    private SynOptions options = SynOptions.none(true);
    private int mtuBytes;
    private int sndMssBytes;

    private long sndUna;
    private long sndNxt;
    private long sndWnd;
    private long maxSndWnd;
    private long sndWl1;
    private long sndWl2;
    private long finOffset;
    private long sndUp;
    private Text toSend = new Text(0, ByteBuffer.allocate(0));

    private long rcvNxt;
    private long rcvAdv;
    private long peerFinOffset;
    private boolean endOfStream;
    private long urgentOffset;
    private Text toRead = new Text(0, ByteBuffer.allocate(0));
    private final List<Text> pieces = new ArrayList<>();

    private int tsVal;
    private int tsRecent;
    private long tsRecentAgeNanos;
    private boolean tsRecentIsClock;

    private boolean noDelay;
    private int dscpBits;
    private boolean keepAlive;
    private long keepAliveIdleNanos;
    private long keepAliveIntervalNanos;
    private int keepAliveProbes;
    private long userTimeoutNanos;
    private long remoteUserTimeoutNanos;
    private boolean userTimeoutChangeable;
    private int sendBufferBytes;
    private int receiveBufferBytes;
    private boolean receiveBufferFixed;
    private int rcvMssSeen;

    private StateReader extension = new StateReader(new byte[0]);

    private FrozenTcb(FourTuple tuple) {
        this.tuple = tuple;
    }

    /** Whether there is anything to keep: both ends know of the connection. */
    static boolean isWorthIt(Tcb tcb) {
        return tcb.state().isSynchronized();
    }

    long id() {
        return id;
    }

    FourTuple tuple() {
        return tuple;
    }

    // ---- writing

    static void write(Tcb tcb, StateWriter out, long nowNanos) {
        Path path = tcb.path;
        out.tuple(path.tuple());
        out.number64(tcb.id)
                .flag(tcb.initiator)
                .octet(tcb.state().ordinal())
                .flag(tcb.applicationClosed)
                .flag(tcb.suspended)
                .number32(tcb.moves)
                .number64(tcb.ageNanos(nowNanos));
        out.number32(path.numbering.sndWire(0))
                .number32(path.numbering.rcvWire(0))
                .number32(tcb.iss)
                .number32(tcb.irs)
                .number32(path.mtuBytes)
                .number32(path.sndMssBytes);
        writeOptions(tcb.options, out);
        writeSending(tcb, out);
        writeReceiving(tcb, out);
        out.number32(tcb.tsVal(nowNanos))
                .number32(tcb.tsRecent)
                .number64(Math.max(0, nowNanos - tcb.tsRecentNanos))
                .flag(tcb.tsRecentIsClock);
        writeChoices(tcb, out);
        // EXTENSION: what it knows of the connection.
        int part = out.begin();
        tcb.extension.freeze(out, nowNanos);
        out.end(part);
    }

    private static void writeOptions(SynOptions options, StateWriter out) {
        out.number32(options.peerMssBytes())
                .flag(options.timestamps())
                .flag(options.sackPermitted())
                .octet(options.sndWndScale() + 1)
                .octet(options.rcvWndScale() + 1)
                .flag(options.ecn());
    }

    private static void writeSending(Tcb tcb, StateWriter out) {
        out.number64(tcb.sndUna)
                .number64(tcb.sndNxt)
                .number64(tcb.sndWnd)
                .number64(tcb.maxSndWnd)
                .number64(Math.max(-1, tcb.sndWl1))
                .number64(Math.max(-1, tcb.sndWl2))
                .number64(tcb.finOffset)
                .number64(tcb.sndUp);
        long start = tcb.sendBuffer.start();
        int length = (int) (tcb.sendBuffer.end() - start);
        out.number64(start).octets(length, target -> tcb.sendBuffer.copyTo(start, length, target));
    }

    private static void writeReceiving(Tcb tcb, StateWriter out) {
        out.number64(tcb.rcvNxt)
                .number64(tcb.rcvAdv)
                .number64(tcb.peerFinOffset)
                .flag(tcb.endOfStream)
                .number64(tcb.urgentOffset);
        long start = tcb.receiveBuffer.start();
        int length = (int) tcb.receiveBuffer.size();
        out.number64(length == 0 ? textEnd(tcb) : start)
                .octets(length, target -> tcb.receiveBuffer.copyTo(start, length, target));
        out.number32(tcb.reassembly.pieces());
        tcb.reassembly.forEach((at, octets) -> {
            out.number64(at);
            out.octets(octets.readableBytes(), target -> octets.getBytes(octets.readerIndex(), target));
        });
    }

    private static long textEnd(Tcb tcb) {
        return tcb.rcvNxt - (tcb.endOfStream ? 1 : 0);
    }

    private static void writeChoices(Tcb tcb, StateWriter out) {
        out.flag(tcb.noDelay)
                .octet(tcb.dscpBits)
                .flag(tcb.keepAlive)
                .number64(tcb.keepAliveIdleNanos)
                .number64(tcb.keepAliveIntervalNanos)
                .number32(tcb.keepAliveProbes)
                .number64(tcb.userTimeoutNanos)
                .number64(tcb.remoteUserTimeoutNanos)
                .flag(tcb.userTimeoutChangeable)
                .number32(tcb.sendBufferBytes)
                .number32(tcb.receiveBufferBytes)
                .flag(tcb.receiveBufferFixed)
                .number32(tcb.rcvMssSeen);
    }

    // ---- reading

    /** @throws FrozenStateException if it could not be a connection's */
    static FrozenTcb read(StateReader in) throws FrozenStateException {
        FrozenTcb frozen = new FrozenTcb(in.tuple("4-tuple"));
        frozen.id = in.number64("id", 1, Long.MAX_VALUE - 1);
        frozen.initiator = in.flag("role");
        frozen.state = TcpState.values()[in.octet("state", TcpState.TIME_WAIT.ordinal())];
        require(frozen.state.isSynchronized(), "state");
        frozen.applicationClosed = in.flag("end of its application");
        frozen.suspended = in.flag("suspension");
        frozen.moves = in.number32("number of moves", 0, Integer.MAX_VALUE);
        frozen.ageNanos = in.number64("age", 0, LONGEST_NANOS);
        frozen.numbering = new StreamNumbering(in.number32("numbering"), in.number32("numbering"));
        frozen.iss = in.number32("ISS");
        frozen.irs = in.number32("IRS");
        frozen.mtuBytes = in.number32("path MTU", 68, LARGEST_MTU_BYTES);
        frozen.sndMssBytes = in.number32("segment size", 1, LARGEST_MTU_BYTES);
        frozen.readOptions(in);
        frozen.readSending(in);
        frozen.readReceiving(in);
        frozen.tsVal = in.number32("timestamp clock");
        frozen.tsRecent = in.number32("TS.Recent");
        frozen.tsRecentAgeNanos = in.number64("age of TS.Recent", 0, LONGEST_NANOS);
        frozen.tsRecentIsClock = in.flag("TS.Recent");
        frozen.readChoices(in);
        frozen.extension = in.part("extension");
        in.end("connection");
        return frozen;
    }

    private void readOptions(StateReader in) throws FrozenStateException {
        options = new SynOptions(
                in.number32("MSS of the peer", SynOptions.LEAST_MSS, LARGEST_MTU_BYTES),
                in.flag("timestamps"),
                in.flag("SACK"),
                in.octet("window scale", MOST_SCALE + 1) - 1,
                in.octet("window scale", MOST_SCALE + 1) - 1,
                in.flag("ECN"));
        require(options.sndWndScale() >= 0 == options.rcvWndScale() >= 0, "window scale");
    }

    private void readSending(StateReader in) throws FrozenStateException {
        sndUna = in.number64("SND.UNA", 0, MOST_OFFSET);
        sndNxt = in.number64("SND.NXT", sndUna, sndUna + LARGEST_WINDOW + 1);
        sndWnd = in.number64("SND.WND", 0, LARGEST_WINDOW);
        maxSndWnd = in.number64("largest SND.WND", sndWnd, LARGEST_WINDOW);
        sndWl1 = in.number64("SND.WL1", -1, MOST_OFFSET);
        sndWl2 = in.number64("SND.WL2", -1, MOST_OFFSET);
        finOffset = in.number64("end of what is sent", -1, MOST_OFFSET);
        sndUp = in.number64("SND.UP", 0, MOST_OFFSET);
        toSend = new Text(in.number64("text to send", 0, MOST_OFFSET), in.view("text to send", MOST_BUFFER_BYTES));
        require(toSend.start() == Math.min(sndUna, toSend.end()), "text to send");
        require(sndUp <= toSend.end(), "SND.UP");
        boolean closing =
                switch (state) {
                    case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> true;
                    default -> false;
                };
        require(finOffset == (closing ? toSend.end() : -1), "end of what is sent");
        require(sndNxt <= toSend.end() + (closing ? 1 : 0), "SND.NXT");
        boolean acknowledged = state == TcpState.FIN_WAIT_2 || state == TcpState.TIME_WAIT;
        require(sndUna <= toSend.end() + (acknowledged ? 1 : 0), "SND.UNA");
        require(!acknowledged || sndUna == toSend.end() + 1, "SND.UNA");
    }

    private void readReceiving(StateReader in) throws FrozenStateException {
        rcvNxt = in.number64("RCV.NXT", 0, MOST_OFFSET);
        rcvAdv = in.number64("receive window", rcvNxt, rcvNxt + LARGEST_WINDOW);
        peerFinOffset = in.number64("end of what comes", -1, MOST_OFFSET);
        endOfStream = in.flag("end of stream");
        urgentOffset = in.number64("urgent octet", -1, MOST_OFFSET);
        toRead = new Text(in.number64("text to read", 0, MOST_OFFSET), in.view("text to read", MOST_BUFFER_BYTES));
        boolean ended =
                switch (state) {
                    case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> true;
                    default -> false;
                };
        require(endOfStream == ended, "end of stream");
        require(toRead.end() == rcvNxt - (ended ? 1 : 0), "text to read");
        require(!ended || peerFinOffset == rcvNxt - 1, "end of what comes");
        require(ended || peerFinOffset < 0 || peerFinOffset >= rcvNxt, "end of what comes");
        int count = in.number32("text out of order", 0, MOST_PIECES);
        long from = rcvNxt;
        for (int i = 0; i < count; i++) {
            Text piece = new Text(
                    in.number64("text out of order", from, rcvAdv), in.view("text out of order", LARGEST_MTU_BYTES));
            require(piece.octets().hasRemaining() && piece.end() <= rcvAdv && piece.start() > rcvNxt, "piece");
            pieces.add(piece);
            from = piece.end();
        }
        require(!ended || pieces.isEmpty(), "text out of order");
    }

    private void readChoices(StateReader in) throws FrozenStateException {
        noDelay = in.flag("Nagle");
        dscpBits = in.octet("traffic class", 0xFC);
        require((dscpBits & 3) == 0, "traffic class");
        keepAlive = in.flag("keep-alive");
        keepAliveIdleNanos = in.number64("keep-alive", 0, LONGEST_NANOS);
        keepAliveIntervalNanos = in.number64("keep-alive", 0, LONGEST_NANOS);
        keepAliveProbes = in.number32("keep-alive", 0, Integer.MAX_VALUE);
        userTimeoutNanos = in.number64("user timeout", 0, LONGEST_NANOS);
        remoteUserTimeoutNanos = in.number64("user timeout", 0, LONGEST_NANOS);
        userTimeoutChangeable = in.flag("user timeout");
        sendBufferBytes = in.number32("send buffer", 1, MOST_BUFFER_BYTES);
        receiveBufferBytes = in.number32("receive buffer", 1, MOST_BUFFER_BYTES);
        receiveBufferFixed = in.flag("receive buffer");
        rcvMssSeen = in.number32("segment size", 1, LARGEST_MTU_BYTES);
    }

    // ---- thawing

    /**
     * Makes the connection again, without an application.
     *
     * @param downNanos how long it was frozen
     * @throws FrozenStateException if the extension cannot read what it wrote; the connection is gone without a word then
     */
    Tcb thaw(Tcp tcp, long downNanos, long nowNanos) throws FrozenStateException {
        Tcb tcb = new Tcb(tcp, id, initiator, null, owner -> pathOf(tcp, owner), nowNanos);
        tcb.ageAtBirthNanos = ageNanos + downNanos;
        tcb.iss = iss;
        tcb.irs = irs;
        tcb.options = options;
        tcb.applicationClosed = applicationClosed;
        tcb.moves = moves;
        thawStreams(tcb, nowNanos);
        tcb.tsOffset = tsVal + (int) (downNanos / 1_000_000) - (int) (nowNanos / 1_000_000);
        tcb.tsRecent = tsRecent;
        tcb.tsRecentNanos = nowNanos - tsRecentAgeNanos - downNanos;
        tcb.tsRecentIsClock = tsRecentIsClock;
        thawChoices(tcb);
        Path path = tcb.path;
        path.mtuBytes = Math.min(path.mtuBytes, mtuBytes);
        path.sndMssBytes = Math.min(TcpOutput.sndMss(tcb, path), sndMssBytes);
        path.congestion.mssChanged(path.sndMssBytes);
        tcb.thaw(state);
        tcp.thawed(tcb);
        try {
            thawExtension(tcb, downNanos, nowNanos);
        } catch (FrozenStateException e) {
            tcp.destroy(tcb, ConnectionFailure.ABORTED);
            throw e;
        }
        start(tcb, nowNanos);
        return tcb;
    }

    private Path pathOf(Tcp tcp, Tcb owner) {
        Path path = tcp.newPath(owner, tuple, 0, 0);
        path.numbering = numbering;
        return path;
    }

    private void thawStreams(Tcb tcb, long nowNanos) {
        tcb.sndUna = sndUna;
        tcb.sndNxt = sndNxt;
        if (sndNxt > sndUna) {
            tcb.sent.sent(sndUna, sndNxt, nowNanos);
        }
        tcb.sndWnd = sndWnd;
        tcb.maxSndWnd = maxSndWnd;
        tcb.sndWl1 = sndWl1;
        tcb.sndWl2 = sndWl2;
        tcb.finOffset = finOffset;
        tcb.sndUp = sndUp;
        tcb.sendBuffer.beginAt(toSend.start());
        tcb.sendBuffer.append(toSend.octets().duplicate(), toSend.octets().remaining());
        tcb.rcvNxt = rcvNxt;
        tcb.rcvAdv = rcvAdv;
        tcb.lastAckSent = rcvNxt;
        tcb.peerFinOffset = peerFinOffset;
        tcb.endOfStream = endOfStream;
        tcb.urgentOffset = urgentOffset;
        tcb.receiveBuffer.beginAt(toRead.start());
        tcb.receiveBuffer.append(toRead.octets().duplicate(), toRead.octets().remaining());
        for (Text piece : pieces) {
            ByteBuf octets = Unpooled.wrappedBuffer(piece.octets());
            tcb.reassembly.add(piece.start(), octets, 0, octets.readableBytes());
        }
    }

    private void thawChoices(Tcb tcb) {
        tcb.noDelay = noDelay;
        tcb.dscpBits = dscpBits;
        tcb.keepAlive = keepAlive;
        tcb.keepAliveIdleNanos = keepAliveIdleNanos;
        tcb.keepAliveIntervalNanos = keepAliveIntervalNanos;
        tcb.keepAliveProbes = keepAliveProbes;
        tcb.userTimeoutNanos = userTimeoutNanos;
        tcb.remoteUserTimeoutNanos = remoteUserTimeoutNanos;
        tcb.userTimeoutChangeable = userTimeoutChangeable;
        tcb.sendBufferBytes = sendBufferBytes;
        tcb.receiveBufferBytes = receiveBufferBytes;
        tcb.receiveBufferFixed = receiveBufferFixed;
        tcb.rcvMssSeen = rcvMssSeen;
    }

    private void thawExtension(Tcb tcb, long downNanos, long nowNanos) throws FrozenStateException {
        tcb.suspended = suspended;
        for (TcpExtension known : tcb.tcp.extensions()) {
            ExtensionControl control = new ExtensionControl(tcb);
            tcb.control = control;
            // EXTENSION: it reads what it wrote.
            tcb.extension = known.thaw(control, initiator, extension, downNanos, nowNanos);
        }
        if (tcb.extension == ConnectionExtension.NONE) {
            // Who suspended it is not here any more.
            tcb.suspended = false;
        }
    }

    private void start(Tcb tcb, long nowNanos) {
        tcb.rcvTuneOffset = toRead.start();
        tcb.rcvTuneNanos = nowNanos;
        if (state == TcpState.TIME_WAIT) {
            tcb.tcp.timeouts.enterTimeWait(tcb, nowNanos);
            return;
        }
        if (state == TcpState.FIN_WAIT_2) {
            tcb.tcp.timeouts.armFinWait2(tcb, nowNanos);
        }
        if (tcb.suspended) {
            tcb.sent.loseAll();
        } else {
            PathSwitch.sendAgain(tcb, nowNanos);
        }
    }
}
