package net.sojourn.stack.machine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.ip.Icmp;
import net.sojourn.stack.ip.IpInput;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.ip.LocalAddresses;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.tcp.Freezing;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.Tcp;

/**
 * TCP/IP of one host as a pure machine: it reads no clock, has no thread and no randomness of its own, and the same calls
 * with the same times and seed give the same packets. Whoever drives it calls, in this order and from one thread: {@link
 * #packetArrives} for each packet, {@link #deadlinesPass}, {@link #flush}; and sleeps until {@link #nextDeadlineNanos}.
 */
public final class TcpIpMachine {

    private final Counters counters = new Counters();
    private final Deadlines deadlines = new Deadlines();
    private final LocalAddresses localAddresses = new LocalAddresses();
    private final Tcp tcp;
    private final IpInput input;

    /** @param port where packets go; only {@link PacketPort#transmit} and the port's properties are used */
    public TcpIpMachine(StackSettings settings, PacketPort port, ByteBufAllocator allocator, RandomSource random) {
        IpOutput output = new IpOutput(port, allocator, counters, settings.hopLimit());
        tcp = new Tcp(settings, output, allocator, deadlines, counters, random);
        input = new IpInput(
                localAddresses, counters, tcp, new Icmp(output, counters, tcp), settings.floodLimits(), deadlines);
    }

    /** Before the first packet. */
    public void extend(TcpExtension extension) {
        tcp.extend(extension);
    }

    /** One IP packet, borrowed for the call; parameters as in {@link net.sojourn.stack.spi.PacketSink}. */
    public void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        input.packetArrives(packet, checksumVouched, segmentBytes, nowNanos);
    }

    /** Does what is due. */
    public void deadlinesPass(long nowNanos) {
        deadlines.run(nowNanos);
    }

    /** Hands everything that may be sent now to the port. */
    public void flush(long nowNanos) {
        tcp.flushAll(nowNanos);
    }

    /** Nothing is due before; {@link Long#MAX_VALUE} if nothing is. */
    public long nextDeadlineNanos() {
        return deadlines.nextNanos();
    }

    /**
     * Ends every connection without a word to its peer; {@link #thaw} goes on with them. Nothing is to be asked of this
     * machine any more.
     *
     * @param out empty; gets the connections and their secrets
     * @param mostBytes of {@code out}: what is beyond is reset
     * @return how many connections are kept
     */
    public int freeze(StateWriter out, int mostBytes, long nowNanos) {
        return Freezing.freeze(tcp, out, mostBytes, nowNanos);
    }

    /**
     * Goes on with the connections of another machine, before the first packet and after {@link #extend}. They have no
     * application yet, and speak at the next {@link #flush}.
     *
     * @param downNanos how long they were frozen, at least 0
     * @throws FrozenStateException if anything is wrong with {@code state}; then nothing has changed
     */
    public List<Tcb> thaw(StateReader state, long downNanos, long nowNanos) throws FrozenStateException {
        return Freezing.thaw(tcp, state, downNanos, nowNanos);
    }

    /** How many deadlines are set: 0 when every connection is gone. */
    public int deadlineCount() {
        return deadlines.count();
    }

    /** Memory of packets that wait for fragments. */
    public int fragmentBytes() {
        return input.fragmentBytes();
    }

    public Tcp tcp() {
        return tcp;
    }

    public LocalAddresses localAddresses() {
        return localAddresses;
    }

    public Counters counters() {
        return counters;
    }
}
