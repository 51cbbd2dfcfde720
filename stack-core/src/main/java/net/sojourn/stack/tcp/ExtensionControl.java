package net.sojourn.stack.tcp;

import java.util.HashSet;
import java.util.Set;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Deadlines;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.spi.PathHandshake;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.tcp.path.StreamNumbering;

/** What an extension may do to one connection, done. */
final class ExtensionControl implements ConnectionControl {

    private final Tcb tcb;
    private final Set<Task> tasks = new HashSet<>();
    private boolean closed;

    ExtensionControl(Tcb tcb) {
        this.tcb = tcb;
    }

    void close() {
        closed = true;
        for (Task task : tasks) {
            tcb.tcp.deadlines.cancel(task);
        }
        tasks.clear();
    }

    @Override
    public long id() {
        return tcb.id;
    }

    @Override
    public TcpState state() {
        return tcb.state();
    }

    @Override
    public FourTuple tuple() {
        return tcb.path.tuple();
    }

    @Override
    public WireNumbers numbers(long nowNanos) {
        StreamNumbering numbering = tcb.path.numbering;
        int sndNxt = numbering.sndWire(tcb.sndNxt);
        return new WireNumbers(
                tcb.iss,
                tcb.irs,
                numbering.sndWire(tcb.sndUna),
                sndNxt,
                sndNxt,
                numbering.rcvWire(tcb.rcvNxt),
                tcb.rcvWnd(),
                tcb.options.sndWndScale(),
                tcb.options.rcvWndScale(),
                tcb.options.sackPermitted(),
                TcpOutput.announcedMss(tcb),
                tcb.options.timestamps(),
                tcb.tsVal(nowNanos),
                tcb.tsRecent);
    }

    @Override
    public StreamOffsets offsets() {
        return new StreamOffsets(tcb.sndUna, tcb.sndNxt, tcb.rcvNxt);
    }

    @Override
    public TextRange unheardText() {
        return new TextRange(tcb.sent.firstSentAfter(tcb.lastHeardNanos, tcb.sndNxt), tcb.sendBuffer.end());
    }

    @Override
    public PendingPath openPath(FourTuple tuple, PathHandshake handshake) {
        return PathSwitch.open(tcb, tuple, handshake);
    }

    @Override
    public FourTuple freeLocalPort(FourTuple tuple) {
        Path owner = tcb.tcp.paths.find(tuple);
        if (owner == null || owner.tcb == tcb) {
            return tuple;
        }
        return otherLocalPort(tuple);
    }

    @Override
    public FourTuple otherLocalPort(FourTuple tuple) {
        int port = tcb.tcp.ephemeralPort(tuple.localAddress(), tuple.peerAddress(), tuple.peerPort());
        if (port < 0) {
            throw new IllegalStateException("no free local port towards " + tuple.peerAddress());
        }
        return tuple.withLocal(tuple.localAddress(), port);
    }

    @Override
    public void suspend() {
        PathSwitch.suspend(tcb);
    }

    @Override
    public void resume(long nowNanos) {
        PathSwitch.resume(tcb, nowNanos);
    }

    @Override
    public boolean isSuspended() {
        return tcb.suspended;
    }

    @Override
    public void listenToFormerPaths(long untilNanos) {
        PathSwitch.listenToFormerPaths(tcb, untilNanos);
    }

    @Override
    public long bufferedBytes() {
        return tcb.sendBuffer.size() + tcb.receiveBuffer.size() + tcb.reassembly.bytes();
    }

    @Override
    public long retransmissionTimeoutNanos() {
        return tcb.path.rtt.rtoNanos();
    }

    @Override
    public void peerSynTimestampIsNoClock() {
        tcb.tsRecentIsClock = false;
    }

    @Override
    public void requestAck() {
        tcb.ackNow = true;
        tcb.tcp.wantsOutput(tcb);
    }

    @Override
    public void abort(AbortCause cause, long nowNanos) {
        if (closed) {
            return;
        }
        if (!tcb.suspended) {
            tcb.tcp.output.sendReset(tcb);
        }
        tcb.tcp.destroy(tcb, UserCalls.failureOf(cause));
    }

    @Override
    public Deadline callAt(long deadlineNanos, DeadlineTask task) {
        Task entry = new Task(task);
        if (!closed) {
            tasks.add(entry);
            tcb.tcp.deadlines.set(entry, deadlineNanos);
        }
        return entry;
    }

    private final class Task extends Deadlines.Deadline implements ConnectionControl.Deadline {

        private final DeadlineTask task;

        Task(DeadlineTask task) {
            this.task = task;
        }

        @Override
        protected void passes(long nowNanos) {
            tasks.remove(this);
            task.deadlinePasses(nowNanos);
            tcb.tcp.wantsOutput(tcb);
        }

        @Override
        public void cancel() {
            tasks.remove(this);
            tcb.tcp.deadlines.cancel(this);
        }
    }
}
