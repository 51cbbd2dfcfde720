package net.sojourn.stack.tcp;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.buffer.MemoryBudget;
import net.sojourn.stack.buffer.Reassembly;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.machine.Deadlines.Deadline;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.tcp.loss.Prr;
import net.sojourn.stack.tcp.loss.SentSegments;
import net.sojourn.stack.tcp.loss.SpuriousRecovery;
import org.jspecify.annotations.Nullable;

/**
 * The transmission control block (RFC 9293 3.3.1): the variables of one connection and no behaviour but {@link #enter}.
 * Octets of either direction are counted by stream offset; only {@link Path#numbering} knows sequence numbers. Loop thread
 * only, but for the two {@link StreamBuffer}s.
 */
public final class Tcb {

    /** Segments acknowledged one by one while the peer's window is likely to be small. */
    static final int QUICK_ACKS = 16;

    final Tcp tcp;
    final long id;
    final boolean initiator;
    final @Nullable Listener listener;
    final long bornNanos;
    /** How old it was then, if it was thawed. */
    long ageAtBirthNanos;

    private TcpState state = TcpState.CLOSED;

    @Nullable
    Application application;
    /** The application has given both directions up: text that still arrives earns a reset. */
    boolean applicationClosed;

    volatile Path path;
    final List<Path> otherPaths = new ArrayList<>(0);
    boolean suspended;
    int moves;
    ConnectionExtension extension = ConnectionExtension.NONE;

    @Nullable
    ExtensionControl control;

    SynOptions options;
    /** What Fast Open has to do with it (RFC 7413); null in most connections. */
    FastOpen.@Nullable Handshake fastOpen;

    int synTransmissions;
    int iss;
    int irs;

    // Send sequence variables, as offsets: the SYN is at -1.
    long sndUna = -1;
    long sndNxt = -1;
    long sndWnd;
    long maxSndWnd;
    long sndWl1 = Long.MIN_VALUE;
    long sndWl2 = Long.MIN_VALUE;
    final StreamBuffer sendBuffer;
    /** Where the FIN is, one above the last octet of text; -1 while the application has not closed. */
    long finOffset = -1;

    final SentSegments sent = new SentSegments();
    final Prr prr = new Prr();
    final SpuriousRecovery spurious = new SpuriousRecovery();
    boolean inRecovery;
    long recoveryPoint = -1;
    int duplicateAcks;
    int consecutiveTimeouts;

    // Tail loss probe (RFC 8985 7.1): TLP.end_seq and TLP.is_retrans.
    long tailLossProbeEnd = -1;
    boolean tailLossProbeAgain;
    /** New text went out or SND.UNA has moved since the probe's timer was last set. */
    boolean probeRestart;

    boolean cwndLimited;
    /** What was outstanding when output last had its turn. */
    long flightAfterOutputBytes;

    long lastSentNanos;
    // User timeout (RFC 5482): see UserTimeout. 0 is none.
    long userTimeoutNanos;
    long remoteUserTimeoutNanos;
    boolean userTimeoutChangeable = true;
    boolean userTimeoutAnnounced;
    /** Since when what is outstanding waits without any acknowledgement that moves SND.UNA. */
    long unacknowledgedSinceNanos;

    boolean noDelay;
    /** DSCP and ECN bits the application asked for; the ECN bits are 0. */
    int dscpBits;

    boolean keepAlive;
    long keepAliveIdleNanos;
    long keepAliveIntervalNanos;
    int keepAliveProbes;
    /**
     * Urgent data of ours end before this offset (SND.UP); 0 while there are none. Set by the thread that writes them, before
     * the send buffer shows them: whoever sees an octet there sees that it is urgent.
     */
    volatile long sndUp;

    int keepAliveProbesSent;
    long lastHeardNanos;

    // Receive sequence variables, as offsets.
    long rcvNxt;
    volatile long rcvAdv;
    final StreamBuffer receiveBuffer;
    /** What the application lets us hold for it. */
    int receiveBufferBytes;

    // Buffer tuning: see BufferTuning.
    boolean receiveBufferFixed;
    long rcvRttNanos;
    long rcvTuneNanos;
    long rcvTuneOffset;
    volatile int sendBufferBytes;

    /** The last octet that the peer marked as urgent, or -1; read by the application's thread. */
    volatile long urgentOffset = -1;

    final Reassembly reassembly;
    /** Where the peer's FIN is, once seen; -1 before. */
    long peerFinOffset = -1;

    boolean endOfStream;
    long latestOutOfOrder = -1;
    long duplicateStart = -1;
    long duplicateEnd = -1;

    /** An ACK is owed at once. */
    boolean ackNow;
    /** An ACK is owed when the packets at hand have been taken in. */
    boolean ackWithBatch;
    /** The application hears of new text when the batch is over. */
    boolean readableWithBatch;

    boolean ackDelayed;
    int quickAcks = QUICK_ACKS;
    long unacknowledgedReceived;
    long lastAckSent;
    int rcvMssSeen = 536;

    /** Challenge ACKs and the like since {@link #challengesBeganNanos}, which is less than a second ago. */
    int challenges;

    long challengesBeganNanos;

    int tsOffset;
    int tsRecent;
    long tsRecentNanos;

    /** False if the peer's SYN had something else in place of its clock: then nothing is older than TS.Recent. */
    boolean tsRecentIsClock = true;

    boolean outputPending;

    // Explicit congestion notification (RFC 3168): see Ecn.
    boolean ecnOffered;
    boolean ecnEchoing;
    boolean cwrDue;
    long ecnRecoveryPoint = -1;
    long ceMarks;
    long ecnReductions;

    long segmentsSent;
    long segmentsReceived;
    long octetsRetransmitted;
    long retransmissionTimeouts;
    long tailLossProbes;
    long spuriousRecoveries;
    int fastRecoveries;
    int duplicatesReported;

    final Deadline retransmission;
    final Deadline reordering;
    final Deadline leftBehind;
    final Deadline lossProbe;
    final Deadline pacing;
    /** Nothing is to leave before this time (see Pacer). */
    long nextSendNanos;

    final Deadline delayedAck;
    final Deadline idle;

    Tcb(Tcp tcp, long id, boolean initiator, @Nullable Listener listener, PathMaker pathMaker, long nowNanos) {
        this.tcp = tcp;
        this.id = id;
        this.initiator = initiator;
        this.listener = listener;
        this.bornNanos = nowNanos;
        this.lastHeardNanos = nowNanos;
        this.sendBuffer = new StreamBuffer(tcp.slabs, tcp.memory);
        this.receiveBuffer = new StreamBuffer(tcp.slabs, tcp.memory);
        this.userTimeoutNanos = tcp.settings.userTimeout().toNanos();
        this.receiveBufferBytes = BufferTuning.initialBytes(tcp.settings.receiveBufferBytes());
        this.sendBufferBytes = BufferTuning.initialBytes(tcp.settings.sendBufferBytes());
        this.keepAliveIdleNanos = tcp.settings.keepAliveIdle().toNanos();
        this.keepAliveIntervalNanos = tcp.settings.keepAliveInterval().toNanos();
        this.keepAliveProbes = tcp.settings.keepAliveProbes();
        this.reassembly = new Reassembly(tcp.allocator, tcp.memory);
        this.path = pathMaker.make(this);
        this.options = SynOptions.none(path.tuple().peerAddress().isIpv4());
        this.retransmission = deadline(Timeouts::retransmission);
        this.reordering = deadline(Timeouts::reordering);
        this.leftBehind = deadline((timeouts, owner, now) -> PathSwitch.leftBehindIsLost(owner, now));
        this.lossProbe = deadline((timeouts, tcb, now) -> TailLossProbe.timerPasses(tcb, now));
        this.pacing = deadline((timeouts, tcb, now) -> {});
        this.delayedAck = deadline(Timeouts::delayedAck);
        this.idle = deadline(Timeouts::idle);
    }

    interface PathMaker {
        Path make(Tcb tcb);
    }

    private interface Expiry {
        void passes(Timeouts timeouts, Tcb tcb, long nowNanos);
    }

    private Deadline deadline(Expiry expiry) {
        return new Deadline() {
            @Override
            protected void passes(long nowNanos) {
                expiry.passes(tcp.timeouts, Tcb.this, nowNanos);
                tcp.flush(Tcb.this, nowNanos);
            }
        };
    }

    public long id() {
        return id;
    }

    public TcpState state() {
        return state;
    }

    /** The only writer of the state but {@link #thaw}: asserts that RFC 9293 figure 5 has this transition. */
    void enter(TcpState next) {
        assert StateDiagram.allows(state, next) : state + " to " + next + " is no transition of RFC 9293 figure 5";
        state = next;
    }

    /** It goes on where it was when it was frozen. */
    void thaw(TcpState former) {
        assert state == TcpState.CLOSED : state;
        state = former;
    }

    /** Since its first SYN, former lives of the stack included. */
    long ageNanos(long nowNanos) {
        return ageAtBirthNanos + nowNanos - bornNanos;
    }

    /** Where the receive window that the peer knows ends. Any thread. */
    public long rcvAdv() {
        return rcvAdv;
    }

    public StreamBuffer sendBuffer() {
        return sendBuffer;
    }

    public StreamBuffer receiveBuffer() {
        return receiveBuffer;
    }

    /** The peer has closed and everything before that is in {@link #receiveBuffer()}. */
    public boolean endOfStream() {
        return endOfStream;
    }

    /** Addresses and ports at present. Any thread; may be slightly old. */
    public FourTuple tuple() {
        return path.tuple();
    }

    /** Who uses the connection; null if nobody does. Loop thread only. */
    public @Nullable Application application() {
        return application;
    }

    /** Whether its application has given both directions up. Loop thread only. */
    public boolean isApplicationClosed() {
        return applicationClosed;
    }

    /** Whether our direction is closed, although perhaps not all of it has gone. Loop thread only. */
    public boolean isOutputClosed() {
        return finOffset >= 0;
    }

    /** Sets who uses the connection. */
    public void attach(Application user) {
        application = user;
    }

    /** The first sample of a path. */
    void handshakeRoundTrip(Path measured, long rttNanos) {
        measured.rtt.sample(rttNanos);
        sent.rack().rttSample(rttNanos);
    }

    /** How far ahead of acknowledgement the application may write, unless it has chosen for itself. Any thread. */
    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /** What all buffers of the stack share. Any thread. */
    public MemoryBudget memory() {
        return tcp.memory;
    }

    /** What the application lets us hold for it. Loop thread only. */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** The last octet the peer marked as urgent, or -1 (RFC 6093). Any thread. */
    public long urgentOffset() {
        return urgentOffset;
    }

    /** Everything we sent and our FIN have arrived. Loop thread only. */
    public boolean isFinAcknowledged() {
        return finOffset >= 0 && sndUna > finOffset;
    }

    /**
     * FlightSize (RFC 5681 2), by which a window is reduced. Acknowledgements that came together with the one that tells of the
     * loss have not been answered by new text yet, so what was outstanding before them counts.
     */
    long flightSizeBytes() {
        return Math.max(sndNxt - sndUna, Math.min(path.congestion.cwndBytes(), flightAfterOutputBytes));
    }

    /** One above the last offset there is to send, the FIN included; that waits for the end of the handshake. */
    long sendEnd() {
        return finOffset >= 0 && state != TcpState.SYN_RECEIVED ? finOffset + 1 : sendBuffer.end();
    }

    long rcvWnd() {
        return rcvAdv - rcvNxt;
    }

    /** The timestamp clock of RFC 7323 5.4: ticks of a millisecond. */
    int tsVal(long nowNanos) {
        return tsOffset + (int) (nowNanos / 1_000_000);
    }

    /** Text octets in a full-sized segment without SACK blocks. */
    int sndMss() {
        return path.sndMssBytes;
    }

    private String phase() {
        if (inRecovery) {
            return "recovery";
        }
        return sndUna < recoveryPoint ? "recovery from a time-out" : path.congestion.phase();
    }

    public ConnectionInfo info(long nowNanos) {
        return new ConnectionInfo(
                id,
                path.tuple(),
                state,
                suspended,
                moves,
                extension.isMigratable(),
                extension.stateName(),
                ageNanos(nowNanos),
                path.rtt.srttNanos(),
                path.rtt.rttVarNanos(),
                path.rtt.rtoNanos(),
                userTimeoutNanos,
                remoteUserTimeoutNanos,
                path.congestion.name(),
                phase(),
                path.congestion.cwndBytes(),
                path.congestion.ssthreshBytes(),
                Pacer.rateBytesPerSecond(this),
                Math.max(0, sndNxt - Math.max(0, sndUna)),
                sndWnd,
                rcvWnd(),
                path.sndMssBytes,
                path.mtuBytes,
                rcvMssSeen,
                options.timestamps(),
                options.sackPermitted(),
                options.ecn(),
                fastOpen != null && fastOpen.textTaken,
                options.sndWndScale(),
                options.rcvWndScale(),
                segmentsSent,
                segmentsReceived,
                Math.max(0, sndNxt) + octetsRetransmitted,
                octetsRetransmitted,
                Math.max(0, sndUna),
                rcvNxt,
                retransmissionTimeouts,
                tailLossProbes,
                spuriousRecoveries,
                fastRecoveries,
                duplicatesReported,
                sent.reorderingWindowNanos(path.rtt.srttNanos()),
                ceMarks,
                ecnReductions,
                sendBuffer.size(),
                sendBufferBytes,
                receiveBuffer.size(),
                receiveBufferBytes);
    }

    @Override
    public String toString() {
        return "Tcb " + id + " " + path.tuple() + " " + state + " snd " + sndUna + ".." + sndNxt + " rcv " + rcvNxt;
    }
}
