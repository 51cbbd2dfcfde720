package net.sojourn.stack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.tcp.Listener;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.SeededRandom;

/**
 * A conversation between a real {@link TcpIpMachine} and a peer that the test plays.
 *
 * <pre>{@code
 * var s = Script.established();
 * s.inject(rst().seq(100)).expect(ack().seq(1).ack(1));     // exactly this, and nothing else
 * s.inject(data(3).seq(1)).after(40).expect(ack().ack(4));
 * s.state(ESTABLISHED);
 * }</pre>
 *
 * Time stands still but for {@link #after} and {@link #expectBetween}. A segment that no script line asked for fails the
 * next line or the end of the test; the failure shows the whole exchange. Test classes carry {@code
 * @ExtendWith(ScriptEnd.class)}, which also finds timers and buffers that outlive the script.
 */
public final class Script {

    public static final int LOCAL_PORT = 80;
    public static final int PEER_PORT = 5000;

    private static final long MILLI = 1_000_000L;
    private static final int MOST_STEPS = 200_000;

    final ScriptSetup setup;
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final TcpIpMachine machine;
    private final Deque<SentPacket> sent = new ArrayDeque<>();
    private final List<String> exchange = new ArrayList<>();
    private final ScriptApplication application = new ScriptApplication();
    private final PeerNumbers numbers;
    private final long beganNanos = 100_000_000_000L;
    private long nowNanos = beganNanos;

    Script(ScriptSetup setup) {
        this.setup = setup;
        numbers = new PeerNumbers(setup);
        ScriptPort port = new ScriptPort(setup.mtuBytes, this::transmitted);
        machine = new TcpIpMachine(setup.settings, port, allocator, new SeededRandom(1));
        machine.localAddresses().replaceBy(Set.of(setup.local));
        ScriptEnd.opened(this);
    }

    /** To choose options first: {@code Script.with().sack().mss(536).established()}. */
    public static ScriptSetup with() {
        return new ScriptSetup();
    }

    public static Script closed() {
        return with().closed();
    }

    public static Script listen() {
        return with().listen();
    }

    public static Script synSent() {
        return with().synSent();
    }

    public static Script synReceived() {
        return with().synReceived();
    }

    public static Script established() {
        return with().established();
    }

    public static Script finWait1() {
        return with().finWait1();
    }

    public static Script finWait2() {
        return with().finWait2();
    }

    public static Script closeWait() {
        return with().closeWait();
    }

    public static Script closing() {
        return with().closing();
    }

    public static Script lastAck() {
        return with().lastAck();
    }

    public static Script timeWait() {
        return with().timeWait();
    }

    // ---- the peer's side

    /** The peer sends these, one after the other at once. */
    public Script inject(Segment... segments) {
        nothingUnasked();
        for (Segment segment : segments) {
            Segment whole = numbers.complete(segment, (nowNanos - beganNanos) / MILLI);
            note("< " + whole);
            arrive(numbers.encode(whole));
        }
        return turn();
    }

    /** As {@link #inject}, for tests that look at everything sent by {@link #takeAll} at the end. */
    public Script feed(Segment segment) {
        Segment whole = numbers.complete(segment, (nowNanos - beganNanos) / MILLI);
        note("< " + whole);
        arrive(numbers.encode(whole));
        return turn();
    }

    /** The peer's network delivers this IP packet. */
    public Script injectPacket(byte[] packet) {
        nothingUnasked();
        note("< packet of " + packet.length + " octets");
        arrive(packet);
        return turn();
    }

    /** As {@link #injectPacket}, for tests that look at everything sent by {@link #takeAll} at the end. */
    public Script feedPacket(byte[] packet) {
        note("< packet of " + packet.length + " octets");
        arrive(packet);
        return turn();
    }

    private void arrive(byte[] packet) {
        ByteBuf buffer = Unpooled.wrappedBuffer(packet);
        machine.packetArrives(buffer, false, 0, nowNanos);
        buffer.release();
    }

    /** Exactly these segments have come since the last line, in this order, and nothing else. */
    public Script expect(Segment... segments) {
        for (Segment segment : segments) {
            if (sent.isEmpty()) {
                fail("nothing was sent", "expected > " + segment);
            }
            SentPacket packet = sent.remove();
            String difference = SegmentMatch.difference(segment, packet, numbers);
            if (!difference.isEmpty()) {
                fail(difference, "expected > " + segment);
            }
        }
        nothingUnasked();
        return this;
    }

    public Script expectNothing() {
        nothingUnasked();
        return this;
    }

    /** Lets time pass until something is sent, demands that this takes so long, and then as {@link #expect}. */
    public Script expectBetween(long leastMillis, long mostMillis, Segment... segments) {
        if (leastMillis > 0) {
            nothingUnasked();
        }
        long from = nowNanos;
        long limit = nowNanos + mostMillis * MILLI;
        int steps = 0;
        while (sent.isEmpty() && machine.nextDeadlineNanos() <= limit) {
            step(machine.nextDeadlineNanos(), steps++);
        }
        if (sent.isEmpty()) {
            fail("nothing was sent within " + mostMillis + " ms", "expected > " + segments[0]);
        }
        if (nowNanos - from < leastMillis * MILLI) {
            fail("sent " + (nowNanos - from) / MILLI + " ms later, not " + leastMillis, "too early");
        }
        return expect(segments);
    }

    /** One packet of any protocol, and nothing else. */
    public SentPacket expectPacket() {
        if (sent.isEmpty()) {
            fail("nothing was sent", "expected > a packet");
        }
        SentPacket packet = sent.remove();
        nothingUnasked();
        return packet;
    }

    /** Everything that was sent since the last line, for tests that reckon. */
    public List<SentPacket> takeAll() {
        List<SentPacket> all = List.copyOf(sent);
        sent.clear();
        return all;
    }

    /** So many milliseconds pass. */
    public Script after(long millis) {
        nothingUnasked();
        return pass(millis);
    }

    /** As {@link #after}, for tests that look at everything sent by {@link #takeAll} at the end. */
    public Script pass(long millis) {
        long limit = nowNanos + millis * MILLI;
        int steps = 0;
        while (machine.nextDeadlineNanos() <= limit) {
            step(machine.nextDeadlineNanos(), steps++);
        }
        nowNanos = limit;
        return turn();
    }

    private void step(long atNanos, int steps) {
        nowNanos = Math.max(nowNanos, atNanos);
        turn();
        if (steps > MOST_STEPS) {
            fail("deadlines come without end", "");
        }
    }

    /** A new connection of the same addresses and ports: numbers are relative to SYNs still to come. */
    public Script newIncarnation(int peerIss) {
        numbers.forget(peerIss);
        return this;
    }

    // ---- the user's side

    Script listens() {
        // Each is taken at once.
        machine.tcp()
                .listen(new Listener(
                        null,
                        LOCAL_PORT,
                        () -> setup.backlog == 0,
                        tcb -> application.isAttached() && application.tcb().state() != TcpState.CLOSED
                                ? new ScriptApplication().on(tcb)
                                : application.on(tcb)));
        note("  listen");
        return this;
    }

    public Script connect() {
        note("  connect");
        machine.tcp().open(tuple(), application::on, nowNanos);
        return turn();
    }

    /** The user connects and has so many octets to send when the SYN goes out. */
    public Script connect(int bytes) {
        note("  connect with " + bytes);
        machine.tcp()
                .open(
                        tuple(),
                        tcb -> {
                            application.on(tcb).write(bytes);
                            return application;
                        },
                        nowNanos);
        return turn();
    }

    /** The user writes so many octets of the known stream. */
    public Script write(int bytes) {
        nothingUnasked();
        note("  write " + bytes);
        application.write(bytes);
        return turn();
    }

    /** The user reads so many octets; each must be the right one of the known stream. */
    public Script read(int bytes) {
        nothingUnasked();
        note("  read " + bytes);
        application.read(bytes);
        UserCalls.received(application.tcb(), nowNanos);
        return turn();
    }

    /** The user reads all there is, whatever it is: for tests that inject other text than that of the known stream. */
    public Script readUnjudged() {
        application.readAll();
        UserCalls.received(application.tcb(), nowNanos);
        return turn();
    }

    /** The user reads exactly this text, which is all there is. */
    public Script readText(String text) {
        note("  read \"" + text + '"');
        assertEquals(text, new String(application.readAll(), StandardCharsets.ISO_8859_1), this::text);
        UserCalls.received(application.tcb(), nowNanos);
        return turn();
    }

    /** The user is done with both directions. */
    public Script close() {
        return call("close", tcb -> UserCalls.close(tcb, nowNanos));
    }

    /** The user will write no more. */
    public Script shutdown() {
        return call("shutdown", UserCalls::closeOutput);
    }

    public Script abort() {
        return call("abort", UserCalls::abort);
    }

    public Script noDelay() {
        return call("no delay", tcb -> UserCalls.noDelay(tcb, true));
    }

    public Script keepAlive() {
        return call("keep-alive", tcb -> UserCalls.keepAlive(tcb, true, nowNanos));
    }

    private Script call(String name, Consumer<Tcb> action) {
        nothingUnasked();
        note("  " + name);
        action.accept(application.tcb());
        return turn();
    }

    // ---- what the user sees

    public Script state(TcpState state) {
        nothingUnasked();
        assertEquals(state, application.tcb().state(), this::text);
        return this;
    }

    /** So many octets wait to be read. */
    public Script readable(long bytes) {
        assertEquals(bytes, application.tcb().receiveBuffer().size(), this::text);
        return this;
    }

    /** How often the user was told that there is something to read. */
    public Script told(int times) {
        assertEquals(times, application.readables(), this::text);
        return this;
    }

    /** Whether the user knows that the peer has closed. */
    public Script endOfStream(boolean seen) {
        assertEquals(seen, application.tcb().endOfStream(), this::text);
        return this;
    }

    /** The connection has ended, and this is why. */
    public Script ended(ConnectionFailure cause) {
        nothingUnasked();
        assertEquals("ended: " + cause, application.fate(), this::text);
        return this;
    }

    public Script established(boolean told) {
        assertEquals(told, application.isEstablished(), this::text);
        return this;
    }

    /** How many connections the machine holds. */
    public Script connections(int count) {
        nothingUnasked();
        assertEquals(count, machine.tcp().connections().size(), this::text);
        return this;
    }

    public TcpIpMachine machine() {
        return machine;
    }

    /** Whether there is, or was, a connection of the user's. */
    public boolean isAttached() {
        return application.isAttached();
    }

    public Tcb tcb() {
        return application.tcb();
    }

    public IpAddress local() {
        return setup.local;
    }

    public IpAddress peer() {
        return setup.peer;
    }

    public FourTuple tuple() {
        return new FourTuple(setup.local, LOCAL_PORT, setup.peer, PEER_PORT);
    }

    public long nowNanos() {
        return nowNanos;
    }

    /** The initial sequence number that the machine chose, once its SYN was seen. */
    public int ourIss() {
        return numbers.ourIss();
    }

    public int peerIss() {
        return numbers.peerIss();
    }

    /** The octets on the wire of a segment of the peer, completed as {@link #inject} would. */
    public byte[] encoded(Segment segment) {
        return numbers.encode(numbers.complete(segment, (nowNanos - beganNanos) / MILLI));
    }

    /** What the machine's last timestamp option said. */
    public int lastTsVal() {
        return numbers.lastTsVal();
    }

    // ----

    private Script turn() {
        machine.deadlinesPass(nowNanos);
        machine.flush(nowNanos);
        return this;
    }

    private void transmitted(byte[] packet) {
        SentPacket out = new SentPacket(packet, nowNanos);
        if (out.isTcp()) {
            numbers.sent(out);
        }
        note("> " + out.text(numbers.ourIss(), numbers.peerIss()));
        sent.add(out);
    }

    private void note(String line) {
        exchange.add(String.format("%10.3f %s", (nowNanos - beganNanos) / 1e9, line));
    }

    private void nothingUnasked() {
        SentPacket unasked = sent.peek();
        if (unasked != null) {
            fail("unexpected > " + unasked.text(numbers.ourIss(), numbers.peerIss()), "expected nothing");
        }
    }

    private void fail(String what, String expected) {
        sent.clear();
        throw new AssertionError(what + "\n" + text() + "\n    ^^^^^^ " + what + "\n           " + expected);
    }

    /** The whole exchange so far. */
    public String text() {
        return String.join("\n", exchange);
    }

    /** Ends this script before its test does, for tests that run thousands. What was sent and not looked at is forgotten. */
    public void finish() {
        sent.clear();
        ScriptEnd.closed(this);
        end();
    }

    /** Octets of buffers that the machine holds. */
    public long heldBytes() {
        // Pieces that wait for others come from the allocator and count against the budget as well.
        return Math.max(
                        machine.tcp().memory().usedBytes(),
                        allocator.metric().usedDirectMemory()
                                + allocator.metric().usedHeapMemory())
                + machine.fragmentBytes();
    }

    /** The script is over: nothing more was sent, and no timer and no buffer is left when the connections are gone. */
    void end() {
        nothingUnasked();
        release();
        assertEquals(0, machine.deadlineCount(), () -> "deadlines are left\n" + text());
        assertTrue(machine.tcp().connections().isEmpty(), () -> "connections are left\n" + text());
        assertEquals(0, allocator.metric().usedDirectMemory(), () -> "buffers are left\n" + text());
        assertEquals(0, machine.tcp().memory().usedBytes(), () -> "stream octets are left\n" + text());
    }

    /** Frees what the machine holds without judging it. */
    void release() {
        machine.tcp().connections().forEach(UserCalls::abort);
        sent.clear();
    }
}
