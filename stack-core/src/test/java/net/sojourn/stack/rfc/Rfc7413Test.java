package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.rstAck;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** TCP Fast Open. */
@ExtendWith(ScriptEnd.class)
class Rfc7413Test {

    private static final int KIND = 34;
    private static final int[] SERVERS_COOKIE = {1, 2, 3, 4, 5, 6, 7, 8};
    private static final long HOUR_MILLIS = 3_600_000;

    // ---- server

    private static ScriptSetup server() {
        return Script.with().settings(s -> s.fastOpenPlaces(2));
    }

    private static int[] option(byte... cookie) {
        int[] octets = new int[2 + cookie.length];
        octets[0] = KIND;
        octets[1] = octets.length;
        for (int i = 0; i < cookie.length; i++) {
            octets[2 + i] = cookie[i] & 0xFF;
        }
        return octets;
    }

    private static int[] option(int... cookie) {
        int[] octets = new int[2 + cookie.length];
        octets[0] = KIND;
        octets[1] = octets.length;
        System.arraycopy(cookie, 0, octets, 2, cookie.length);
        return octets;
    }

    private static Segment offer() {
        return syn().mss(1460);
    }

    /** The cookie that the machine gives in its answer to {@code syn}; the connection is reset afterwards. */
    private static byte[] cookieOf(Script s) {
        s.feed(offer().seq(0).rawOptions(KIND, 2));
        byte[] cookie = s.takeAll().get(0).option(KIND);
        s.inject(rst().seq(1)).connections(0).newIncarnation(7_000_000);
        return cookie;
    }

    @Test
    void rfc7413_4_2_1_cookieIsGivenToWhoAsks() {
        Script s = server().listen();
        assertEquals(8, cookieOf(s).length);
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPEN_COOKIES_GIVEN));
    }

    @Test
    void rfc7413_4_2_2_listenerThatDidNotAskForItGivesNone() {
        Script s = Script.listen();
        assertEquals(0, cookieOf(s).length);
    }

    @Test
    void rfc7413_4_2_2_textWithAGoodCookieIsAcknowledgedAndDelivered() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(100));
        s.expect(synAck().seq(0).ack(101))
                .state(TcpState.SYN_RECEIVED)
                .established(true)
                .readable(100);
        s.read(100).inject(ack().seq(101).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
        assertTrue(s.tcb().info(s.nowNanos()).fastOpen());
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPENS_IN));
        s.inject(data(10).seq(101)).expect(ack().ack(111)).read(10);
    }

    @Test
    void rfc7413_4_2_2_answerMayGoBeforeTheHandshakeIsComplete() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(100))
                .expect(synAck().seq(0).ack(101));
        s.read(100).write(2920);
        s.expect(data(1460).seq(1).ack(101), data(1460).seq(1461).ack(101));
        s.inject(ack().seq(101).ack(1461)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(ack().seq(101).ack(2921)).expectNothing();
        assertEquals(2920, s.tcb().info(s.nowNanos()).octetsAcknowledged());
    }

    /** What went out before our SYN was acknowledged is sent again by the ordinary timer once it is. */
    @Test
    void rfc7413_4_2_2_lostAnswerIsRepeatedAfterTheHandshake() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(100))
                .expect(synAck().seq(0).ack(101));
        s.read(100).write(500).expect(data(500).seq(1).ack(101));
        s.expectBetween(900, 1100, synAck().seq(0).ack(101));
        s.inject(ack().seq(101).ack(1)).expectNothing();
        s.expectBetween(200, 3100, data(500).seq(1).ack(101));
        s.inject(ack().seq(101).ack(501)).expectNothing();
    }

    @Test
    void rfc7413_4_2_2_closeBeforeTheHandshakeIsCompleteSendsItsFinAfterwards() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(100))
                .expect(synAck().seq(0).ack(101));
        s.read(100).write(50).expect(data(50).seq(1));
        s.close().expectNothing();
        s.inject(ack().seq(101).ack(51)).expect(fin().seq(51).ack(101)).state(TcpState.FIN_WAIT_1);
    }

    @Test
    void rfc7413_4_2_2_closeWithTextUnreadResets() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(100))
                .expect(synAck().seq(0).ack(101));
        s.close().expect(rstAck().seq(1)).ended(ConnectionFailure.ABORTED);
    }

    @Test
    void rfc7413_4_2_2_wrongCookieMeansAnOrdinaryHandshakeAndAnotherCookie() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        byte[] wrong = cookie.clone();
        wrong[3] ^= 1;
        s.feed(offer().seq(0).rawOptions(option(wrong)).carrying(100));
        var synAck = s.takeAll().get(0);
        assertArrayEquals(cookie, synAck.option(KIND));
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPENS_IN_REFUSED));
        s.inject(ack().seq(1).ack(1)).state(TcpState.ESTABLISHED).readable(0);
        s.inject(data(100).seq(1)).expect(ack().ack(101)).read(100);
        assertFalse(s.tcb().info(s.nowNanos()).fastOpen());
    }

    @Test
    void rfc7413_4_1_2_cookieIsBoundToTheAddress() {
        Script here = server().listen();
        Script there = Script.with()
                .settings(s -> s.fastOpenPlaces(2))
                .peer("10.0.0.3")
                .listen();
        assertFalse(Arrays.equals(cookieOf(here), cookieOf(there)));
    }

    @Test
    void rfc7413_4_1_2_formerSecretStillOpensAndAnOlderOneDoesNot() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        s.after(HOUR_MILLIS);
        s.feed(offer().seq(0).rawOptions(option(cookie)).carrying(10));
        var synAck = s.takeAll().get(0);
        assertNotEquals(0, synAck.option(KIND).length);
        assertFalse(Arrays.equals(cookie, synAck.option(KIND)));
        s.readable(10).read(10).inject(rst().seq(11)).newIncarnation(9_000_000);
        s.after(2 * HOUR_MILLIS);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(10))
                .expect(synAck().seq(0).ack(1));
        s.inject(rst().seq(1));
    }

    @Test
    void rfc7413_4_1_1_cookieOfAnOddOrStrangeLengthIsNone() {
        Script s = server().listen();
        s.inject(offer().seq(0).rawOptions(KIND, 5, 1, 2, 3).carrying(10))
                .expect(synAck().seq(0).ack(1));
        s.inject(rst().seq(1));
    }

    @Test
    void rfc7413_5_1_onlySoManyMayWait() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        for (int port = 6000; port < 6002; port++) {
            s.newIncarnation(1000);
            s.inject(offer().seq(0).peerPort(port).rawOptions(option(cookie)).carrying(10));
            s.expect(synAck().seq(0).ack(11).peerPort(port));
        }
        s.newIncarnation(1000);
        s.inject(offer().seq(0).peerPort(6002).rawOptions(option(cookie)).carrying(10));
        s.expect(synAck().seq(0).ack(1).peerPort(6002));
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPEN_OVERFLOWS));
        s.machine().tcp().connections().forEach(net.sojourn.stack.tcp.UserCalls::abort);
        s.takeAll();
    }

    /** A reset frees the place only after a while: who sends both with another's address pays for it. */
    @Test
    void rfc7413_5_1_resetDoesNotFreeThePlaceAtOnce() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        for (int i = 0; i < 2; i++) {
            s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(10))
                    .expect(synAck().seq(0).ack(11));
            s.inject(rst().seq(11)).connections(0).newIncarnation(1000 + 1000 * i);
        }
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(10))
                .expect(synAck().seq(0).ack(1));
        s.inject(rst().seq(1)).connections(0).newIncarnation(500_000).after(60_001);
        s.inject(offer().seq(0).rawOptions(option(cookie)).carrying(10))
                .expect(synAck().seq(0).ack(11));
        s.inject(rst().seq(11));
    }

    @Test
    void rfc7413_4_2_2_synWithTextThatIsRepeatedGetsTheSameAnswer() {
        Script s = server().listen();
        byte[] cookie = cookieOf(s);
        Segment syn = offer().seq(0).rawOptions(option(cookie)).carrying(100);
        s.inject(syn).expect(synAck().seq(0).ack(101));
        s.inject(syn).expect(synAck().seq(0).ack(101)).readable(100);
        s.inject(offer().seq(0)).expect(synAck().seq(0).ack(101));
        s.read(100).inject(ack().seq(101).ack(1)).state(TcpState.ESTABLISHED);
    }

    /** A SYN flood takes the places of Fast Open away first: what answers then remembers nothing. */
    @Test
    void rfc7413_5_1_synCookiesTakeNoText() {
        Script s = server().settings(b -> b.floodLimits(FloodLimits.defaults().withHalfOpen(0, 0)))
                .listen();
        s.inject(offer().seq(0).rawOptions(option(SERVERS_COOKIE)).carrying(100))
                .expect(synAck().seq(0).ack(1));
        s.connections(0);
    }

    // ---- client

    private static ScriptSetup client() {
        return Script.with().settings(s -> s.fastOpenConnect(true));
    }

    /** A client that has the server's cookie, its connections gone. */
    private static Script clientWithCookie() {
        Script s = client().closed();
        s.connect(10).expect(syn().seq(0).rawOptions(KIND, 2));
        s.inject(synAck().seq(0).ack(1).mss(1000).rawOptions(option(SERVERS_COOKIE)));
        s.expect(data(10).seq(1).ack(1));
        s.abort().expect(rstAck().seq(11));
        return s.newIncarnation(8_000_000);
    }

    @Test
    void rfc7413_4_1_3_withoutACookieOneIsAskedForAndTheTextGoesAfterwards() {
        Script s = client().closed();
        s.connect(10).expect(syn().seq(0).rawOptions(KIND, 2));
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(data(10).seq(1).ack(1));
    }

    @Test
    void rfc7413_4_2_1_withoutTextNothingIsAskedFor() {
        Script s = client().closed();
        s.connect().expect(syn().seq(0).noFastOpen());
        s.inject(rst().seq(0).ack(1));
    }

    @Test
    void rfc7413_4_2_1_offUnlessAskedFor() {
        Script s = Script.closed();
        s.connect(10).expect(syn().seq(0).noFastOpen());
        s.inject(synAck().seq(0).ack(1)).expect(data(10).seq(1));
    }

    @Test
    void rfc7413_4_2_1_textGoesWithTheSyn() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300).rawOptions(option(SERVERS_COOKIE)));
        s.inject(synAck().seq(0).ack(301).mss(1460))
                .expect(ack().seq(301).ack(1))
                .state(TcpState.ESTABLISHED);
        assertTrue(s.tcb().info(s.nowNanos()).fastOpen());
        assertEquals(300, s.tcb().info(s.nowNanos()).octetsAcknowledged());
        s.write(10).expect(data(10).seq(301));
        s.inject(ack().seq(1).ack(311)).expectNothing();
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPENS_OUT));
    }

    @Test
    void rfc7413_4_1_3_textIsNoMoreThanTheServersMssLessOptions() {
        Script s = clientWithCookie();
        s.connect(968 + 2920).expect(syn().seq(0).carrying(1000 - 32).rawOptions(option(SERVERS_COOKIE)));
        s.inject(synAck().seq(0).ack(969).mss(1460))
                .expect(data(1460).seq(969), data(1460).seq(2429));
        s.inject(ack().seq(1).ack(3889)).expectNothing();
    }

    @Test
    void rfc7413_4_2_1_textThatWasNotTakenIsSentAgainAtOnce() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(data(300).seq(1).ack(1));
        assertFalse(s.tcb().info(s.nowNanos()).fastOpen());
        assertEquals(1, s.machine().counters().of(Counter.FAST_OPENS_OUT_FAILED));
    }

    @Test
    void rfc7413_4_2_1_textThatWasTakenInPartGoesOnFromThere() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.inject(synAck().seq(0).ack(101).mss(1460)).expect(data(200).seq(101).ack(1));
    }

    @Test
    void rfc7413_4_2_1_acknowledgementOfMoreThanWasSentIsReset() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.inject(synAck().seq(0).ack(302).mss(1460)).expect(rst().seq(302));
        s.inject(rst().seq(0).ack(1)).ended(ConnectionFailure.REFUSED);
    }

    @Test
    void rfc7413_4_1_3_1_lostSynIsRepeatedWithoutTextAndTheServerLeftInPeaceForAWhile() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.expectBetween(900, 1100, syn().seq(0).noFastOpen());
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(data(300).seq(1).ack(1));
        s.abort().expect(rstAck().seq(301)).newIncarnation(8_000_000);
        s.connect(300).expect(syn().seq(0).noFastOpen());
        s.inject(rst().seq(0).ack(1)).newIncarnation(8_000_000).after(60_001);
        s.connect(300).expect(syn().seq(0).carrying(300).rawOptions(option(SERVERS_COOKIE)));
        s.inject(rst().seq(0).ack(1));
    }

    /** The SYN with text had arrived after all: its SYN/ACK answers the repeated one too. */
    @Test
    void rfc7413_4_2_1_lateAnswerToTheSynWithTextCounts() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.expectBetween(900, 1100, syn().seq(0).noFastOpen());
        s.inject(synAck().seq(0).ack(301).mss(1460)).expect(ack().seq(301).ack(1));
    }

    @Test
    void rfc7413_4_1_3_newCookieTakesThePlaceOfTheOld() {
        int[] other = {9, 9, 9, 9};
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.inject(synAck().seq(0).ack(1).mss(1460).rawOptions(option(other)))
                .expect(data(300).seq(1).ack(1));
        s.abort().expect(rstAck().seq(301)).newIncarnation(8_000_000);
        s.connect(300).expect(syn().seq(0).carrying(300).rawOptions(option(other)));
        s.inject(rst().seq(0).ack(1));
    }

    @Test
    void rfc7413_4_2_1_shutdownWhileConnectingLosesNothing() {
        Script s = clientWithCookie();
        s.connect(300).expect(syn().seq(0).carrying(300));
        s.inject(synAck().seq(0).ack(301).mss(1460)).expect(ack().seq(301).ack(1));
        s.shutdown().expect(fin().seq(301).ack(1));
    }
}
