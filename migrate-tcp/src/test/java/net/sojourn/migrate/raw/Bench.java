package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Listener;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.SeededRandom;
import net.sojourn.stack.world.TestPort;
import org.jspecify.annotations.Nullable;

/** The machine under test in virtual time: octets in, octets out, one connection's user. */
final class Bench implements AutoCloseable, Application {

    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    static final int PORT = 80;

    final MigrateExtension extension;
    final List<MigrationEvent> events = new ArrayList<>();
    private final TcpIpMachine machine;
    private final Deque<RawSegment> sent = new ArrayDeque<>();
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private long nowNanos = 5 * SECOND;
    private @Nullable Tcb tcb;
    private @Nullable ConnectionFailure ended;
    private int established;

    Bench(MigrateSettings settings, String address) {
        SeededRandom random = new SeededRandom(77);
        machine = new TcpIpMachine(StackSettings.defaults(), new Port(), PooledByteBufAllocator.DEFAULT, random);
        extension = new MigrateExtension(
                settings, MigrateKeys.onDemand(random), random, (migration, event, now) -> events.add(event));
        machine.extend(extension);
        addresses(IpAddress.parse(address));
    }

    void addresses(IpAddress... all) {
        machine.localAddresses().replaceBy(new LinkedHashSet<>(Arrays.asList(all)));
    }

    // ---- the user of the connection

    void listen() {
        machine.tcp().listen(new Listener(null, PORT, () -> false, this::attach));
    }

    void connect(IpAddress own, int port, IpAddress peer) {
        machine.tcp().open(new FourTuple(own, port, peer, PORT), this::attach, nowNanos);
        turn();
    }

    private Application attach(Tcb connection) {
        tcb = connection;
        return this;
    }

    Tcb tcb() {
        Tcb connection = tcb;
        if (connection == null) {
            throw new AssertionError("no connection yet");
        }
        return connection;
    }

    void write(byte[] text) {
        tcb().sendBuffer().append(text, 0, text.length);
        UserCalls.send(tcb());
        turn();
    }

    void closeOutput() {
        UserCalls.closeOutput(tcb());
        turn();
    }

    void abort() {
        UserCalls.abort(tcb());
        turn();
    }

    byte[] read() {
        byte[] all = read.toByteArray();
        read.reset();
        return all;
    }

    boolean isEnded() {
        return ended != null;
    }

    @Nullable
    ConnectionFailure failure() {
        return ended;
    }

    int timesEstablished() {
        return established;
    }

    int connections() {
        return machine.tcp().connections().size();
    }

    Migration migration() {
        return extension.connections().iterator().next();
    }

    /** The connection's host has another address and no longer the old one. */
    void moves(IpAddress to) {
        addresses(to);
        migration().localAddressLost(nowNanos);
        migration().move(to, nowNanos);
        turn();
    }

    void movesTo(FourTuple tuple) {
        migration().move(tuple, nowNanos);
        turn();
    }

    // ---- time and packets

    long nowNanos() {
        return nowNanos;
    }

    void arrives(RawSegment segment) {
        byte[] octets = segment.packet();
        ByteBuf packet =
                PooledByteBufAllocator.DEFAULT.directBuffer(octets.length).writeBytes(octets);
        try {
            machine.packetArrives(packet, false, 0, nowNanos);
        } finally {
            packet.release();
        }
        turn();
    }

    private void turn() {
        machine.deadlinesPass(nowNanos);
        machine.flush(nowNanos);
    }

    /** Lets so much time pass, deadline by deadline. */
    void pass(long nanos) {
        long end = nowNanos + nanos;
        while (machine.nextDeadlineNanos() <= end) {
            nowNanos = Math.max(nowNanos, machine.nextDeadlineNanos());
            turn();
        }
        nowNanos = end;
        turn();
    }

    /** The next segment that the machine sent, which it must have done. */
    RawSegment next() {
        RawSegment segment = sent.poll();
        assertTrue(segment != null, "the machine has sent nothing");
        if (segment == null) {
            throw new AssertionError();
        }
        return segment;
    }

    /** Everything sent and not looked at yet. */
    List<RawSegment> drain() {
        List<RawSegment> all = new ArrayList<>(sent);
        sent.clear();
        return all;
    }

    void assertSilent() {
        assertEquals(List.of(), drain());
    }

    void assertNothingLeft() {
        assertEquals(0, machine.deadlineCount(), "deadlines");
        assertEquals(0, connections(), "connections");
        assertEquals(0, machine.tcp().pathCount(), "entries of the connection table");
        assertEquals(0, extension.connections().size());
        assertEquals(0, extension.pendingHandshakes());
    }

    // ---- Application

    @Override
    public void established() {
        established++;
    }

    @Override
    public void readable() {
        var buffer = tcb().receiveBuffer();
        byte[] text = new byte[(int) buffer.size()];
        long from = buffer.start();
        buffer.copyTo(from, text.length, text, 0);
        buffer.release(from + text.length);
        read.writeBytes(text);
    }

    @Override
    public void writable() {}

    @Override
    public void ended(ConnectionFailure failure) {
        ended = failure;
        tcb().receiveBuffer().close();
    }

    @Override
    public void close() {
        machine.tcp().connections().forEach(UserCalls::abort);
        sent.clear();
        assertNothingLeft();
    }

    private final class Port extends TestPort {

        Port() {
            super(1_500);
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
            byte[] octets = new byte[packet.readableBytes()];
            packet.readBytes(octets);
            packet.release();
            sent.add(RawSegment.parse(octets));
            return true;
        }
    }
}
