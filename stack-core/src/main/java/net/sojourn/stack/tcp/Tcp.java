package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntPredicate;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.buffer.BufferPool;
import net.sojourn.stack.buffer.MemoryBudget;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.demux.ConnectionTable;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.machine.Deadlines;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.tcp.path.RttEstimator;
import net.sojourn.stack.tcp.path.StreamNumbering;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Protocol;
import net.sojourn.stack.wire.TcpView;
import org.jspecify.annotations.Nullable;

/**
 * TCP of one stack: wires the clauses together and finds out what a segment concerns. The clauses themselves are in the
 * files beside this one. Loop thread only.
 */
public final class Tcp {

    /** 16 MiB, the largest window, as long as there are connections. */
    private static final int MOST_SLABS_KEPT = 1024;

    private static final int SLABS_LEFT_WHEN_IDLE = 64;

    final StackSettings settings;
    final ByteBufAllocator allocator;
    final MemoryBudget memory;
    final BufferPool slabs = new BufferPool(StreamBuffer.SLAB_BYTES, MOST_SLABS_KEPT);
    final Deadlines deadlines;
    final Counters counters;
    final RandomSource random;
    final IpOutput ip;
    final SegmentWriter writer;
    final Replies replies;
    final InitialSequenceNumbers isns;
    final TcpOutput output;
    final Timeouts timeouts = new Timeouts();
    final AckProcessing acks = new AckProcessing();
    final TextProcessing text = new TextProcessing();
    final ConnectionTable<Path> paths = new ConnectionTable<>();

    final FastOpen fastOpen;
    final ListenInput listenInput;
    final TimeWaits timeWaits;
    private final SynSentInput synSentInput = new SynSentInput();
    private final SynchronizedInput synchronizedInput = new SynchronizedInput();
    private final Map<Long, Tcb> connections = new LinkedHashMap<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final BoundPorts boundPorts = new BoundPorts(this);
    final List<TcpExtension> extensions = new ArrayList<>();
    private final boolean[] claimedKinds = new boolean[256];
    private boolean anyClaimed;
    private final List<Tcb> pendingOutput = new ArrayList<>();
    private final TcpView view = new TcpView();
    private long nextId = 1;
    private int nextEphemeral;

    public Tcp(
            StackSettings settings,
            IpOutput ip,
            ByteBufAllocator allocator,
            Deadlines deadlines,
            Counters counters,
            RandomSource random) {
        this.settings = settings;
        this.ip = ip;
        this.allocator = allocator;
        this.memory = new MemoryBudget(settings.memoryBudgetBytes());
        this.deadlines = deadlines;
        this.counters = counters;
        this.random = random;
        this.writer = new SegmentWriter(ip, counters);
        this.replies = new Replies(
                writer,
                counters,
                settings.resetsPerSecond(),
                settings.floodLimits().acksPerSecond());
        this.isns = new InitialSequenceNumbers(random);
        this.fastOpen = new FastOpen(settings, random, counters);
        this.listenInput =
                new ListenInput(new SynCookies(settings, random, ip, writer, isns, counters), settings.floodLimits());
        this.timeWaits = new TimeWaits(settings.floodLimits().timeWaitConnections(), counters);
        this.output = new TcpOutput(this);
        this.nextEphemeral = random.nextInt(settings.lastEphemeralPort() - settings.firstEphemeralPort() + 1);
    }

    public void extend(TcpExtension extension) {
        extensions.add(extension);
        for (int kind : extension.claimedKinds()) {
            claimedKinds[kind] = true;
            anyClaimed = true;
        }
    }

    List<TcpExtension> extensions() {
        return extensions;
    }

    // ---- a segment arrives

    /**
     * A TCP segment for one of our addresses: {@code length} octets from absolute {@code index}.
     *
     * @param trafficClass of the IP packet: DSCP and ECN bits
     * @param checksumVouched the checksum need not be verified
     * @param segmentBytes text octets of each wire segment of a coalesced one, else 0
     */
    public void packetArrives(
            IpAddress source,
            IpAddress destination,
            int trafficClass,
            ByteBuf packet,
            int index,
            int length,
            boolean checksumVouched,
            int segmentBytes,
            long nowNanos) {
        counters.count(Counter.SEGMENTS_IN);
        TcpView segment = view.wrap(packet, index, length, trafficClass, segmentBytes);
        DropReason reason = segment.check();
        if (reason == DropReason.NONE
                && !checksumVouched
                && !checksumHolds(source, destination, packet, index, length)) {
            reason = DropReason.TCP_CHECKSUM;
        }
        if (reason != DropReason.NONE) {
            counters.drop(reason);
            return;
        }
        // EXTENSION: a SYN may be for a connection that lives on another 4-tuple, or on this very one.
        if (anyClaimed
                && (segment.flags() & (SegmentView.SYN | SegmentView.ACK | SegmentView.RST)) == SegmentView.SYN
                && isClaimed(segment, source, destination, nowNanos)) {
            return;
        }
        Path path = paths.find(destination, segment.destinationPort(), source, segment.sourcePort());
        if (path == null) {
            segmentForNoConnection(segment, source, destination, nowNanos);
        } else {
            segmentForPath(path, segment, nowNanos);
        }
    }

    private static boolean checksumHolds(
            IpAddress source, IpAddress destination, ByteBuf packet, int index, int length) {
        long sum = Checksum.pseudoHeaderSum(source, destination, Protocol.TCP, length);
        return Checksum.fold(sum + Checksum.sum(packet, index, length)) == 0xFFFF;
    }

    private boolean isClaimed(TcpView syn, IpAddress source, IpAddress destination, long nowNanos) {
        if (!syn.hasUnknownOptions()) {
            return false;
        }
        FourTuple tuple = new FourTuple(destination, syn.destinationPort(), source, syn.sourcePort());
        for (TcpExtension extension : extensions) {
            boolean carries = false;
            for (int kind : extension.claimedKinds()) {
                carries |= syn.hasOption(kind);
            }
            if (!carries) {
                continue;
            }
            switch (extension.claimSyn(syn, tuple, nowNanos)) {
                case NOT_OURS -> {}
                case CONSUMED -> {
                    return true;
                }
                case DROP -> {
                    counters.drop(DropReason.EXTENSION);
                    return true;
                }
                case RESET -> {
                    counters.drop(DropReason.EXTENSION);
                    replies.reset(syn, tuple, nowNanos);
                    return true;
                }
            }
        }
        return false;
    }

    void segmentForPath(Path path, TcpView segment, long nowNanos) {
        Tcb tcb = path.tcb;
        tcb.segmentsReceived++;
        Path arrivedOn = path;
        if (path.handshake != null) {
            // EXTENSION: a path that is being tried shows its segments to whoever tries it.
            Passage passage = path.handshake.segmentArrives(segment, nowNanos);
            if (passage != Passage.TO_TCP) {
                if (passage == Passage.DROP) {
                    counters.drop(DropReason.EXTENSION);
                }
                flush(tcb, nowNanos);
                return;
            }
            if (path.handshake != null && path.beneath != null) {
                arrivedOn = path.beneath;
            }
        }
        segmentArrives(tcb, arrivedOn, segment, nowNanos);
        if (tcb.ackNow) {
            flush(tcb, nowNanos);
        } else {
            wantsOutput(tcb);
        }
    }

    /** RFC 9293 3.10.7: by state. */
    private void segmentArrives(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        switch (tcb.state()) {
            case CLOSED, LISTEN -> counters.drop(DropReason.TCP_NO_CONNECTION);
            case SYN_SENT -> synSentInput.segmentArrives(tcb, segment, nowNanos);
            case TIME_WAIT -> {
                if (synchronizedInput.endsTimeWait(tcb, path, segment, nowNanos)) {
                    FourTuple tuple = path.tuple();
                    destroy(tcb, ConnectionFailure.NONE);
                    segmentForNoConnection(segment, tuple.peerAddress(), tuple.localAddress(), nowNanos);
                } else {
                    synchronizedInput.segmentArrives(tcb, path, segment, nowNanos);
                }
            }
            default -> synchronizedInput.segmentArrives(tcb, path, segment, nowNanos);
        }
    }

    private void segmentForNoConnection(TcpView segment, IpAddress source, IpAddress destination, long nowNanos) {
        Listener listener = listenerFor(destination, segment.destinationPort());
        FourTuple tuple = new FourTuple(destination, segment.destinationPort(), source, segment.sourcePort());
        if (listener != null) {
            listenInput.segmentArrives(this, listener, tuple, segment, nowNanos);
            return;
        }
        counters.drop(DropReason.TCP_NO_CONNECTION);
        replies.reset(segment, tuple, nowNanos);
    }

    private @Nullable Listener listenerFor(IpAddress address, int port) {
        Listener wildcard = null;
        for (Listener listener : listeners) {
            if (listener.port() == port && !listener.isDeaf()) {
                IpAddress bound = listener.address();
                if (bound == null) {
                    wildcard = listener;
                } else if (bound.equals(address)) {
                    return listener;
                }
            }
        }
        return wildcard;
    }

    // ---- listeners and connections

    /** @throws IllegalStateException if the same address and port is listened to already */
    public void listen(Listener listener) {
        for (Listener other : listeners) {
            if (other.port() == listener.port() && Objects.equals(other.address(), listener.address())) {
                throw new IllegalStateException("Address already in use: port " + listener.port());
            }
        }
        if (listener.fastOpenPlaces() < 0) {
            listener.fastOpenPlaces(settings.fastOpenPlaces());
        }
        listeners.add(listener);
    }

    /** Whether somebody listens there; a null address means any. */
    boolean isListening(@Nullable IpAddress address, int port) {
        return listeners.stream()
                .anyMatch(listener -> listener.port() == port
                        && (address == null || listener.address() == null || address.equals(listener.address())));
    }

    public boolean isListening(int port) {
        return listeners.stream().anyMatch(listener -> listener.port() == port);
    }

    /** Connections in SYN-RECEIVED of this listener end; established ones live on. */
    public void unlisten(Listener listener) {
        if (listeners.remove(listener)) {
            for (Tcb tcb : List.copyOf(connections.values())) {
                if (tcb.listener == listener && tcb.state() == TcpState.SYN_RECEIVED) {
                    output.sendReset(tcb);
                    destroy(tcb, ConnectionFailure.ABORTED);
                }
            }
        }
    }

    /**
     * OPEN, active (RFC 9293 3.10.1).
     *
     * @throws IllegalStateException if the 4-tuple is in use
     */
    public Tcb open(FourTuple tuple, Function<Tcb, Application> user, long nowNanos) {
        if (paths.find(tuple) != null) {
            throw new IllegalStateException("Address already in use: " + tuple);
        }
        counters.count(Counter.ACTIVE_OPENS);
        Tcb tcb = create(true, null, tuple, isns.isn(tuple, nowNanos), 0, nowNanos);
        attachExtensions(tcb);
        tcb.attach(user.apply(tcb));
        tcb.enter(TcpState.SYN_SENT);
        tcb.sndNxt = 0;
        output.sendSyn(tcb, nowNanos);
        return tcb;
    }

    /** A free local port for a connection that we initiate, starting anywhere (RFC 6056 3.3.1); -1 if none is left. */
    public int ephemeralPort(IpAddress localAddress, IpAddress peerAddress, int peerPort) {
        return nextPort(port -> paths.find(localAddress, port, peerAddress, peerPort) == null);
    }

    /** A port that no connection, listener or binding uses; -1 if none is left. */
    public int unusedPort() {
        BitSet used = new BitSet(65_536);
        connections.values().forEach(tcb -> used.set(tcb.tuple().localPort()));
        return nextPort(port -> !used.get(port));
    }

    /** The next one behind the last, some steps on and then one by one: so each of them is looked at. */
    private int nextPort(IntPredicate free) {
        int range = settings.lastEphemeralPort() - settings.firstEphemeralPort() + 1;
        int start = nextEphemeral + random.nextInt(7);
        for (int tried = 0; tried < range; tried++) {
            int step = (start + tried) % range;
            int port = settings.firstEphemeralPort() + step;
            if (free.test(port) && !isListening(port) && !boundPorts.holds(port)) {
                nextEphemeral = step + 1;
                return port;
            }
        }
        return -1;
    }

    /** Ports that sockets hold without, or beside, a connection or listener. Loop thread only. */
    public BoundPorts boundPorts() {
        return boundPorts;
    }

    Tcb create(boolean initiator, @Nullable Listener listener, FourTuple tuple, int iss, int irs, long nowNanos) {
        Tcb tcb = new Tcb(
                this, nextId++, initiator, listener, owner -> newPath(owner, tuple, iss + 1, irs + 1), nowNanos);
        tcb.iss = iss;
        tcb.irs = irs;
        if (listener != null && listener.receiveBufferBytes() > 0) {
            tcb.receiveBufferBytes = listener.receiveBufferBytes();
            tcb.receiveBufferFixed = true;
        }
        tcb.rcvAdv = Math.min(65_535, tcb.receiveBufferBytes);
        tcb.tsOffset = isns.timestampOffset(tuple);
        paths.add(tcb.path);
        connections.put(tcb.id, tcb);
        return tcb;
    }

    boolean isKnown(long id, FourTuple tuple) {
        return connections.containsKey(id) || paths.find(tuple) != null;
    }

    /** It has a place in the tables again; nobody else has its id or 4-tuple. */
    void thawed(Tcb tcb) {
        nextId = Math.max(nextId, tcb.id + 1);
        paths.add(tcb.path);
        connections.put(tcb.id, tcb);
    }

    void attachExtensions(Tcb tcb) {
        for (TcpExtension extension : extensions) {
            ExtensionControl control = new ExtensionControl(tcb);
            tcb.control = control;
            tcb.extension = extension.attach(control, tcb.initiator);
        }
    }

    Path newPath(Tcb tcb, FourTuple tuple, int sndBase, int rcvBase) {
        int mss = ip.mtuBytes() - IpOutput.headerBytes(tuple.peerAddress()) - TcpView.MIN_HEADER_BYTES;
        Path path = new Path(
                tuple,
                tcb,
                new StreamNumbering(sndBase, rcvBase),
                new RttEstimator(
                        settings.initialRto().toNanos(),
                        settings.minRto().toNanos(),
                        settings.maxRto().toNanos()),
                settings.congestionControl().create(mss),
                ip.mtuBytes());
        path.sndMssBytes = mss;
        return path;
    }

    /** The connection is gone, whatever the reason; idempotent. */
    void destroy(Tcb tcb, ConnectionFailure failure) {
        if (connections.remove(tcb.id) == null) {
            return;
        }
        boolean wasSynchronized = tcb.state().isSynchronized();
        if (FastOpen.isPending(tcb)) {
            FastOpen.ended(tcb);
        } else if (tcb.listener != null && !wasSynchronized) {
            listenInput.abandoned(tcb.listener);
        }
        if (failure != ConnectionFailure.NONE && failure != ConnectionFailure.FROZEN) {
            counters.count(wasSynchronized ? Counter.ESTABLISHED_RESETS : Counter.ATTEMPT_FAILS);
        }
        if (tcb.state() == TcpState.TIME_WAIT) {
            timeWaits.left(tcb);
        }
        tcb.enter(TcpState.CLOSED);
        deadlines.cancel(tcb.retransmission);
        deadlines.cancel(tcb.reordering);
        deadlines.cancel(tcb.leftBehind);
        deadlines.cancel(tcb.lossProbe);
        deadlines.cancel(tcb.pacing);
        deadlines.cancel(tcb.delayedAck);
        deadlines.cancel(tcb.idle);
        // EXTENSION: it forgets the connection; what it had asked for is dropped.
        tcb.extension.closed();
        if (tcb.control != null) {
            tcb.control.close();
        }
        for (Path other : tcb.otherPaths) {
            other.endRetirement();
            paths.remove(other);
        }
        tcb.otherPaths.clear();
        paths.remove(tcb.path);
        tcb.sendBuffer.close();
        tcb.reassembly.clear();
        if (tcb.application != null) {
            if (tcb.readableWithBatch && failure != ConnectionFailure.FROZEN) {
                tcb.application.readable();
            }
            tcb.application.ended(failure);
        } else {
            tcb.receiveBuffer.close();
        }
        if (connections.isEmpty()) {
            slabs.trim(SLABS_LEFT_WHEN_IDLE);
        }
    }

    // ---- ICMP

    /**
     * The network says that a packet of ours did not arrive (RFC 9293 3.9.2.2). Believed only if it quotes sequence space
     * that is outstanding (RFC 5927 4.1); ends nothing but an attempt to connect.
     */
    public DropReason destinationUnreachable(FourTuple tuple, int quotedSeq, ConnectionFailure failure) {
        Path path = quotedPath(tuple, quotedSeq);
        if (path == null) {
            return DropReason.ICMP_QUOTE;
        }
        if (path.tcb.state() == TcpState.SYN_SENT) {
            destroy(path.tcb, failure);
        }
        return DropReason.NONE;
    }

    /** RFC 1191, RFC 8201: packets beyond {@code mtuBytes} do not pass. */
    public DropReason packetTooBig(FourTuple tuple, int quotedSeq, int mtuBytes, long nowNanos) {
        Path path = quotedPath(tuple, quotedSeq);
        if (path == null || path != path.tcb.path || !PathMtuDiscovery.tooBig(path.tcb, path, mtuBytes, nowNanos)) {
            return DropReason.ICMP_QUOTE;
        }
        Tcb tcb = path.tcb;
        if (tcb.state().isSynchronized()) {
            tcb.sent.loseAll();
            wantsOutput(tcb);
        }
        return DropReason.NONE;
    }

    private @Nullable Path quotedPath(FourTuple tuple, int quotedSeq) {
        Path path = paths.find(tuple);
        if (path == null) {
            return null;
        }
        Tcb tcb = path.tcb;
        long offset = path.numbering.sndOffset(quotedSeq, tcb.sndUna);
        return offset >= tcb.sndUna && offset < Math.max(tcb.sndNxt, tcb.sndUna + 1) ? path : null;
    }

    /** What all buffers share. Any thread. */
    public MemoryBudget memory() {
        return memory;
    }

    public List<Tcb> connections() {
        return List.copyOf(connections.values());
    }

    /** Entries of the connection table: active, former and tried paths. */
    public int pathCount() {
        return paths.size();
    }

    public @Nullable Tcb connection(long id) {
        return connections.get(id);
    }

    // ---- output

    /** Something may be sent for {@code tcb}: {@link #flushAll} will see to it. */
    void wantsOutput(Tcb tcb) {
        if (!tcb.outputPending) {
            tcb.outputPending = true;
            pendingOutput.add(tcb);
        }
    }

    void flush(Tcb tcb, long nowNanos) {
        if (tcb.state() != TcpState.CLOSED) {
            output.send(tcb, nowNanos);
        }
    }

    /** Sends what the packets, calls and deadlines since the last time have made possible: once for each connection. */
    public void flushAll(long nowNanos) {
        for (int i = 0; i < pendingOutput.size(); i++) {
            Tcb tcb = pendingOutput.get(i);
            tcb.outputPending = false;
            if (tcb.readableWithBatch) {
                tcb.readableWithBatch = false;
                if (tcb.application != null && tcb.state() != TcpState.CLOSED) {
                    tcb.application.readable();
                }
            }
            flush(tcb, nowNanos);
        }
        pendingOutput.clear();
    }
}
