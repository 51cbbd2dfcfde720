package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 4987: a bounded queue of half-open connections, and SYN cookies beyond it. */
@ExtendWith(ScriptEnd.class)
class Rfc4987Test {

    private static ScriptSetup halfOpen(int most) {
        return Script.with().settings(b -> b.floodLimits(FloodLimits.defaults().withHalfOpen(most, 1000)));
    }

    private static ScriptSetup cookiesOnly() {
        return halfOpen(0);
    }

    private static long count(Script s, Counter counter) {
        return s.machine().counters().of(counter);
    }

    /** 3.6: beyond the limit a SYN is answered and nothing is kept, not even a timer. */
    @Test
    void rfc4987_3_6_synsBeyondTheLimitLeaveNoState() {
        var s = halfOpen(3).listen();
        for (int i = 0; i < 10; i++) {
            s.inject(syn().seq(0).mss(1460).peerPort(6000 + i));
            s.expectPacket();
        }
        s.connections(3);
        assertEquals(7, count(s, Counter.SYN_COOKIES_SENT));
        assertEquals(3, s.machine().deadlineCount());
    }

    /** The same when the limit is that of the whole stack. */
    @Test
    void rfc4987_3_6_theStackHasALimitOfItsOwn() {
        var s = Script.with()
                .settings(b -> b.floodLimits(FloodLimits.defaults().withHalfOpen(100, 2)))
                .listen();
        for (int i = 0; i < 5; i++) {
            s.inject(syn().seq(0).mss(1460).peerPort(6000 + i));
            s.expectPacket();
        }
        s.connections(2);
    }

    /** Connections that are established or gone make room for half-open ones. */
    @Test
    void rfc4987_3_2_endedHandshakesMakeRoom() {
        var s = halfOpen(1).listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.inject(syn().seq(0).mss(1460).peerPort(6000)).expect(synAck().peerPort(6000));
        s.connections(2);
        s.inject(rst().seq(1).peerPort(6000)).expectNothing().connections(1);
        s.inject(syn().seq(0).mss(1460).peerPort(6001)).expect(synAck().peerPort(6001));
        s.connections(2);
        assertEquals(0, count(s, Counter.SYN_COOKIES_SENT));
    }

    /** 3.6: the ACK that brings a cookie back opens the connection. */
    @Test
    void rfc4987_3_6_cookieOpensAConnection() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1).mss(1460));
        s.connections(0);
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(data(10).seq(1)).expect(ack().seq(1).ack(11));
        s.write(20).expect(data(20).seq(1).ack(11));
        s.inject(ack().seq(11).ack(21)).expectNothing();
        assertEquals(1, count(s, Counter.SYN_COOKIES_ACCEPTED));
    }

    /** The ACK was lost: the text behind it brings the cookie as well. */
    @Test
    void rfc4987_3_6_firstTextBringsTheCookieToo() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(data(10).seq(1).ack(1)).expect(ack().seq(1).ack(11));
        s.state(TcpState.ESTABLISHED).read(10);
    }

    /** A cookie remembers the MSS, rounded down. */
    @ParameterizedTest
    @CsvSource({"1460, 1460", "1459, 1440", "1400, 1400", "1220, 1220", "1000, 536", "536, 536", "9000, 1460", "60, 48"
    })
    void rfc4987_3_6_cookieKeepsTheMss(int offered, int kept) {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(offered)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(kept).expect(data(kept).seq(1));
        s.inject(ack().seq(1).ack(kept + 1)).expectNothing();
    }

    /** With timestamps the window scale and SACK-permitted ride in the TSval that comes back. */
    @ParameterizedTest
    @CsvSource({"0", "1", "7", "9", "14"})
    void rfc4987_3_6_cookieKeepsScaleAndSackWithTimestamps(int scale) {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460).sackOk().wscale(scale).ts().tsVal(77))
                .expect(synAck().seq(0).ack(1).sackOk().wscale(8).ts().tsEcr(77));
        s.inject(ack().seq(1).ack(1).win(5)).expectNothing().state(TcpState.ESTABLISHED);
        assertEquals(scale, s.tcb().info(s.nowNanos()).sndWndScale());
        assertTrue(s.tcb().info(s.nowNanos()).sack());
        assertEquals(5L << scale, s.tcb().info(s.nowNanos()).sndWndBytes());
        s.inject(data(10).seq(11)).expect(ack().ack(1).sack(11, 21));
    }

    /** Without timestamps the scale is rounded down: what we believe of the window is never more than it is. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "3, 2", "7, 7", "9, 8", "14, 10"})
    void rfc4987_3_6_cookieKeepsScaleAndSackWithoutTimestamps(int offered, int kept) {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460).sackOk().wscale(offered))
                .expect(synAck().seq(0).ack(1).sackOk().wscale(8).noTs());
        s.inject(ack().seq(1).ack(1)).expectNothing();
        assertEquals(kept, s.tcb().info(s.nowNanos()).sndWndScale());
        s.inject(data(10).seq(11)).expect(ack().ack(1).sack(11, 21));
    }

    /** What the SYN did not offer is not used. */
    @Test
    void rfc4987_3_6_cookieAddsNothing() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1).noTs().noSackOk());
        s.inject(ack().seq(1).ack(1).win(100)).expectNothing();
        assertEquals(-1, s.tcb().info(s.nowNanos()).sndWndScale());
        assertEquals(100, s.tcb().info(s.nowNanos()).sndWndBytes());
        s.inject(data(10).seq(11)).expect(ack().ack(1).noSack().noTs());
    }

    /** RFC 7323 5.3: the TSval that carries bits is not ahead of the clock, so what follows is not older. */
    @Test
    void rfc7323_5_3_timestampsOfACookieConnectionNeverRunBack() {
        for (int millis = 0; millis < 70; millis += 7) {
            var s = cookiesOnly().listen();
            s.after(millis);
            s.inject(syn().seq(0).mss(1460).sackOk().wscale(14).ts()).expect(synAck());
            int cookie = s.lastTsVal();
            s.inject(ack().seq(1).ack(1)).expectNothing();
            s.write(1).expect(data(1).ts());
            assertTrue(s.lastTsVal() - cookie >= 0 && s.lastTsVal() - cookie < 64, "after " + millis);
        }
    }

    /** RFC 3168 6.1.1 by cookie: the bit rides beside the others. */
    @Test
    void rfc3168_6_1_1_cookieKeepsEcnWithTimestamps() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460).ts().ece().cwr())
                .expect(synAck().seq(0).ack(1).ece());
        s.inject(ack().seq(1).ack(1)).expectNothing();
        assertTrue(s.tcb().info(s.nowNanos()).ecn());
    }

    @Test
    void rfc3168_6_1_1_cookieWithoutTimestampsHasNoEcn() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460).ece().cwr()).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
    }

    @Test
    void rfc4987_3_6_cookieOverIpv6() {
        var s = cookiesOnly().ipv6().listen();
        s.inject(syn().seq(0).mss(1440).sackOk().ts().wscale(8))
                .expect(synAck().seq(0).ack(1).mss(1440));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
        s.write(1428).expect(data(1428).seq(1));
        s.inject(ack().seq(1).ack(1429)).expectNothing();
    }

    // ---- who guesses

    /** Any other number than the cookie is answered with a reset, as at any listener. */
    @ParameterizedTest
    @CsvSource({"2", "0", "17", "1000001", "-7"})
    void rfc9293_3_10_7_2_wrongCookieIsReset(long number) {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(number)).expect(rst().seq(number)).connections(0);
        assertEquals(1, count(s, Counter.SYN_COOKIES_FAILED));
    }

    /** The cookie binds the peer's port and initial sequence number. */
    @Test
    void rfc4987_3_6_cookieOfAnotherConnectionIsReset() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1).peerPort(5001)).expect(rst().seq(1).peerPort(5001));
        s.inject(ack().seq(2).ack(1)).expect(rst().seq(1));
        s.connections(0);
    }

    /** Nobody turns the bits in the timestamp. */
    @Test
    void rfc4987_3_6_changedTimestampBitsAreReset() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460).ts().wscale(2)).expect(synAck().seq(0).ack(1));
        long echoed = s.lastTsVal() & 0xFFFF_FFFFL;
        for (int bit = 0; bit < 6; bit++) {
            s.inject(ack().seq(1).ack(1).tsEcr(echoed ^ 1 << bit)).expect(rst().seq(1));
        }
        s.inject(ack().seq(1).ack(1).tsEcr(echoed)).expectNothing().state(TcpState.ESTABLISHED);
    }

    /** A cookie is good for 32 s at least, and not for ever. */
    @Test
    void rfc4987_3_6_cookiesAgeAway() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.after(31_900);
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);

        var late = cookiesOnly().listen();
        late.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        late.after(50_000);
        late.inject(syn().seq(0).mss(1460).peerPort(6000)).expect(synAck().peerPort(6000));
        late.after(20_000);
        late.inject(ack().seq(1).ack(1)).expect(rst().seq(1));
    }

    /** While no cookie is out there is nothing to guess. */
    @Test
    void rfc4987_3_6_withoutCookiesNoAckIsTried() {
        var s = Script.listen();
        s.inject(ack().seq(1).ack(1)).expect(rst().seq(1));
        assertEquals(0, count(s, Counter.SYN_COOKIES_FAILED));
    }

    /** Within the life of a secret the same SYN earns the same cookie, then another. */
    @Test
    void rfc4987_3_6_secretsTurn() {
        var s = cookiesOnly().listen();
        s.inject(syn().seq(0).mss(1460));
        int first = PacketBytes.i32(s.expectPacket().transport(), 4);
        s.inject(syn().seq(0).mss(1460));
        assertEquals(first, PacketBytes.i32(s.expectPacket().transport(), 4));
        s.after(32_000).inject(syn().seq(0).mss(1460));
        assertNotEquals(first, PacketBytes.i32(s.expectPacket().transport(), 4));
    }

    /** No more than so many guesses are tried in a second; whoever has a cookie waits for the next one. */
    @Test
    void rfc4987_3_6_guessesAreLimited() {
        var s = Script.with()
                .settings(b ->
                        b.resetsPerSecond(10).floodLimits(FloodLimits.defaults().withHalfOpen(0, 0)))
                .listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        for (int i = 0; i < 5001; i++) {
            s.feed(ack().seq(1).ack(1000 + i));
        }
        s.takeAll();
        s.feed(ack().seq(1).ack(1)).connections(0);
        s.after(1000).inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
    }

    // ---- the queue behind it

    /** A listener whose application takes nothing gets no cookies either: what they open could not be taken. */
    @Test
    void rfc4987_3_6_listenerWithoutRoomDropsSyns() {
        var s = cookiesOnly().backlog(0).listen();
        s.inject(syn().seq(0).mss(1460)).expectNothing();
        assertEquals(1, count(s, Counter.SYNS_DROPPED));
    }

    /** Land attack: a SYN from our own address and port is no SYN. */
    @Test
    void rfc9293_3_9_2_3_synFromOurselvesIsDropped() {
        var s = Script.listen();
        byte[] packet = s.encoded(syn().seq(0).mss(1460).peerPort(Script.LOCAL_PORT));
        System.arraycopy(packet, 16, packet, 12, 4);
        PacketBytes.set16(packet, 10, 0);
        PacketBytes.set16(packet, 10, PacketBytes.checksum(java.util.Arrays.copyOf(packet, 20)));
        byte[] segment = java.util.Arrays.copyOfRange(packet, 20, packet.length);
        PacketBytes.set16(packet, 36, 0);
        PacketBytes.set16(segment, 16, 0);
        byte[] pseudo = PacketBytes.pseudoHeader(s.local(), s.local(), PacketBytes.TCP, segment.length);
        PacketBytes.set16(packet, 36, PacketBytes.checksum(pseudo, segment));
        s.injectPacket(packet).expectNothing().connections(0);
    }

    /** A segment of a half-open connection is still its own. */
    @Test
    void rfc4987_3_2_halfOpenConnectionsAreServedBesideCookies() {
        var s = halfOpen(1).listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(syn().seq(0).mss(1460).peerPort(6000)).expect(synAck().peerPort(6000));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
        Segment text = data(10).seq(1);
        s.inject(text).expect(ack().ack(11));
    }
}
