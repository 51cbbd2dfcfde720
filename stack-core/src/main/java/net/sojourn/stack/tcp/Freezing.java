package net.sojourn.stack.tcp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.FrozenStateException.Reason;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * All connections of a stack, to octets and back. No peer hears of either. Loop thread only.
 *
 * <pre>
 * 32 magic | 16 version | 32 number of connections | each: 32 length, connection
 * </pre>
 */
public final class Freezing {

    private static final int MAGIC = 0x534A_5354;
    private static final int VERSION = 1;
    private static final int COUNT_AT = 6;
    private static final int MOST_CONNECTIONS = 1 << 22;

    private Freezing() {}

    /**
     * Ends every connection without a word to its peer and writes what {@link #thaw} needs. What is still being opened ends
     * with a reset, and so does what is too much.
     *
     * @param out empty
     * @param mostBytes of {@code out}
     * @return how many connections it holds
     */
    public static int freeze(Tcp tcp, StateWriter out, int mostBytes, long nowNanos) {
        out.number32(MAGIC).number16(VERSION);
        int count = 0;
        out.number32(0);
        for (Tcb tcb : tcp.connections()) {
            int before = out.size();
            long heldBytes = tcb.sendBuffer.size() + tcb.receiveBuffer.size() + tcb.reassembly.bytes();
            if (FrozenTcb.isWorthIt(tcb) && before + heldBytes < mostBytes) {
                int part = out.begin();
                FrozenTcb.write(tcb, out, nowNanos);
                out.end(part);
                count++;
                tcp.destroy(tcb, ConnectionFailure.FROZEN);
            } else {
                UserCalls.abort(tcb);
            }
        }
        out.number32At(COUNT_AT, count);
        return count;
    }

    /**
     * Makes the connections again, without applications. They speak at the next flush.
     *
     * @param downNanos how long they were frozen, at least 0
     * @throws FrozenStateException if anything is wrong with {@code state}; no connection is there then, and no peer has
     *     heard of it
     */
    public static List<Tcb> thaw(Tcp tcp, StateReader state, long downNanos, long nowNanos)
            throws FrozenStateException {
        List<FrozenTcb> frozen = read(state);
        List<Tcb> thawed = new ArrayList<>(frozen.size());
        try {
            for (FrozenTcb one : frozen) {
                if (tcp.isKnown(one.id(), one.tuple())) {
                    throw new FrozenStateException(
                            Reason.INCONSISTENT, "the frozen state has a connection that is there already");
                }
                thawed.add(one.thaw(tcp, downNanos, nowNanos));
            }
        } catch (FrozenStateException e) {
            thawed.forEach(tcb -> tcp.destroy(tcb, ConnectionFailure.ABORTED));
            throw e;
        }
        return thawed;
    }

    private static List<FrozenTcb> read(StateReader state) throws FrozenStateException {
        if (state.remaining() < Integer.BYTES || state.number32("magic") != MAGIC) {
            throw new FrozenStateException(Reason.NOT_OURS, "these octets are no frozen state of a stack");
        }
        int version = state.number16("version");
        if (version != VERSION) {
            throw new FrozenStateException(
                    Reason.VERSION, "the frozen state has version " + version + ", this program reads " + VERSION);
        }
        int count = state.number32("number of connections", 0, MOST_CONNECTIONS);
        List<FrozenTcb> frozen = new ArrayList<>();
        Set<Long> ids = new HashSet<>();
        Set<FourTuple> tuples = new HashSet<>();
        for (int i = 0; i < count; i++) {
            FrozenTcb one = FrozenTcb.read(state.part("connection"));
            StateReader.require(ids.add(one.id()) && tuples.add(one.tuple()), "pair of connections");
            frozen.add(one);
        }
        state.end("stack");
        return frozen;
    }
}
