package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.bare;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.rstAck;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9293 3.10.7: SEGMENT ARRIVES, in CLOSED, LISTEN, SYN-SENT and the other states. */
@ExtendWith(ScriptEnd.class)
class Rfc9293SegmentArrivesTest {

    // ---- 3.10.7.1 CLOSED

    @Test
    void rfc9293_3_10_7_1_synToAClosedPortIsReset() {
        Script.closed().inject(syn().seq(0)).expect(rstAck().seq(0).ack(1).noMss());
    }

    /** ACK=SEG.SEQ+SEG.LEN, and text and FIN count. */
    @Test
    void rfc9293_3_10_7_1_resetAcknowledgesTextSynAndFin() {
        Script.closed()
                .inject(syn().seq(0).carrying(10).withFin())
                .expect(rstAck().seq(0).ack(12));
        Script.closed()
                .inject(bare().seq(7).carrying(10))
                .expect(rstAck().seq(0).ack(17));
    }

    /** With an ACK the reset's sequence number is SEG.ACK, and it has no ACK. */
    @Test
    void rfc9293_3_10_7_1_ackToAClosedPortIsResetAtSegAck() {
        Script.closed().inject(ack().seq(0).ack(4711)).expect(rst().seq(4711));
        Script.closed().inject(synAck().seq(0).ack(4711)).expect(rst().seq(4711));
        Script.closed().inject(fin().seq(0).ack(4711)).expect(rst().seq(4711));
        Script.closed().inject(data(100).seq(1).ack(4711)).expect(rst().seq(4711));
    }

    @Test
    void rfc9293_3_10_7_1_resetIsNeverAnswered() {
        Script.closed().inject(rst().seq(0), rstAck().seq(0).ack(1)).expectNothing();
    }

    // ---- 3.10.7.2 LISTEN

    @Test
    void rfc9293_3_10_7_2_firstResetIsIgnored() {
        Script.listen().inject(rst().seq(0), rstAck().seq(0).ack(5)).expectNothing();
    }

    @Test
    void rfc9293_3_10_7_2_secondAckIsReset() {
        Script.listen().inject(ack().seq(0).ack(4711)).expect(rst().seq(4711)).connections(0);
        Script.listen()
                .inject(synAck().seq(0).ack(4711))
                .expect(rst().seq(4711))
                .connections(0);
    }

    /** Text of a SYN need not be kept, but then must not be acknowledged. */
    @Test
    void rfc9293_3_10_7_2_thirdSynWithTextIsAnsweredAndNothingIsLost() {
        var s = Script.listen();
        s.inject(syn().seq(0).mss(1460).carrying(10)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.read(10);
    }

    @Test
    void rfc9293_3_10_7_2_fourthAnythingElseIsDropped() {
        Script.listen()
                .inject(
                        bare().seq(0),
                        bare().seq(0).carrying(5),
                        fin().withoutAck().seq(0))
                .expectNothing();
    }

    // ---- 3.10.7.3 SYN-SENT

    @ParameterizedTest
    @ValueSource(longs = {0, 2, -1, 100_000})
    void rfc9293_3_10_7_3_firstUnacceptableAckIsReset(long number) {
        var s = Script.synSent();
        s.inject(synAck().seq(0).ack(number)).expect(rst().seq(number));
        s.state(TcpState.SYN_SENT);
    }

    @Test
    void rfc9293_3_10_7_3_firstUnacceptableAckInAResetIsDropped() {
        var s = Script.synSent();
        s.inject(rstAck().seq(0).ack(2)).expectNothing();
        s.state(TcpState.SYN_SENT);
    }

    @Test
    void rfc9293_3_10_7_3_secondResetWithOurAckRefuses() {
        Script.synSent().inject(rstAck().seq(0).ack(1)).expectNothing().ended(ConnectionFailure.REFUSED);
    }

    @Test
    void rfc9293_3_10_7_3_secondResetWithoutAckIsDropped() {
        Script.synSent().inject(rst().seq(0)).expectNothing().state(TcpState.SYN_SENT);
    }

    @Test
    void rfc9293_3_10_7_3_fifthNeitherSynNorRstIsDropped() {
        Script.synSent()
                .inject(ack().seq(1).ack(1), fin().seq(1).ack(1))
                .expectNothing()
                .state(TcpState.SYN_SENT);
    }

    // ---- 3.10.7.4 first: sequence number

    private static Script in(TcpState state) {
        return switch (state) {
            case SYN_RECEIVED -> Script.synReceived();
            case ESTABLISHED -> Script.established();
            case FIN_WAIT_1 -> Script.finWait1();
            case FIN_WAIT_2 -> Script.finWait2();
            case CLOSE_WAIT -> Script.closeWait();
            case CLOSING -> Script.closing();
            case LAST_ACK -> Script.lastAck();
            case TIME_WAIT -> Script.timeWait();
            default -> throw new IllegalArgumentException("not of 3.10.7.4: " + state);
        };
    }

    /** SND.NXT in {@link #in}. */
    private static int sndNxt(TcpState state) {
        return switch (state) {
            case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> 2;
            default -> 1;
        };
    }

    private static int sndUna(TcpState state) {
        return switch (state) {
            case SYN_RECEIVED -> 0;
            case FIN_WAIT_2, TIME_WAIT -> 2;
            default -> 1;
        };
    }

    private static int rcvNxt(TcpState state) {
        return switch (state) {
            case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> 2;
            default -> 1;
        };
    }

    /** Every state of 3.10.7.4 answers a segment outside the window by an ACK and drops it. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSED", "LISTEN", "SYN_SENT"},
            mode = EnumSource.Mode.EXCLUDE)
    void rfc9293_3_10_7_4_outOfWindowSegmentIsAnsweredByAck(TcpState state) {
        var s = in(state);
        s.inject(data(10).seq(200_000).ack(sndNxt(state)));
        s.expect(ack().seq(sndNxt(state)).ack(rcvNxt(state)));
        s.inject(ack().seq(-100_000).ack(sndUna(state)));
        s.expect(ack().seq(sndNxt(state)).ack(rcvNxt(state)));
        s.connections(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSED", "LISTEN", "SYN_SENT"},
            mode = EnumSource.Mode.EXCLUDE)
    void rfc9293_3_10_7_4_outOfWindowResetIsDroppedSilently(TcpState state) {
        var s = in(state);
        s.inject(rst().seq(200_000), rst().seq(-1), rstAck().seq(-1).ack(sndUna(state)))
                .expectNothing();
        s.connections(1);
    }

    /** Its ACK field counts for nothing. */
    @Test
    void rfc9293_3_10_7_4_ackOfAnUnacceptableSegmentIsIgnored() {
        var s = Script.established();
        s.write(10).expect(data(10).seq(1));
        s.inject(ack().seq(200_000).ack(11)).expect(ack().seq(11).ack(1));
        s.expectBetween(100, 1500, data(10).seq(1));
    }

    @Test
    void rfc9293_3_10_7_4_duplicateTextIsAcknowledgedAgain() {
        var s = Script.established();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.inject(data(5).seq(1)).expect(ack().ack(11));
        s.readable(10).read(10);
    }

    /** Only the part inside the window is new. */
    @Test
    void rfc9293_3_10_7_4_overlappingTextIsTrimmedAtTheLeft() {
        var s = Script.established();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.inject(data(20).seq(6)).expect(ack().ack(26));
        s.readable(25).read(25);
    }

    @Test
    void rfc9293_3_10_7_4_textBeyondTheWindowIsTrimmedAtTheRight() {
        var s = Script.with().settings(b -> b.receiveBufferBytes(4096)).established();
        s.inject(data(4000).seq(1));
        s.takeAll();
        s.inject(data(1000).seq(4001)).expect(ack().ack(4097).win(0));
        s.read(4096);
        s.takeAll();
    }

    @Test
    void rfc9293_3_10_7_4_textAroundWhatIsKeptIsDeliveredOnce() {
        var s = Script.established();
        s.inject(data(3).seq(4)).expect(ack().ack(1));
        s.inject(data(9).seq(1)).expect(ack().ack(10));
        s.readable(9);
        s.read(9);
    }

    @Test
    void rfc9293_3_10_7_4_textOutOfOrderIsKeptAndDeliveredInOrder() {
        var s = Script.established();
        s.inject(data(10).seq(21)).expect(ack().ack(1));
        s.inject(data(10).seq(11)).expect(ack().ack(1));
        s.readable(0);
        s.inject(data(10).seq(1)).expect(ack().ack(31));
        s.read(30);
    }

    // ---- second: RST

    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK"})
    void rfc9293_3_10_7_4_resetAtRcvNxtEndsTheConnection(TcpState state) {
        var s = in(state);
        s.inject(rst().seq(rcvNxt(state))).expectNothing();
        s.ended(ConnectionFailure.RESET).connections(0);
        s.inject(ack().seq(rcvNxt(state)).ack(5)).expect(rst().seq(5));
    }

    @Test
    void rfc9293_3_10_7_4_resetInSynReceivedReturnsToListen() {
        var s = Script.synReceived();
        s.inject(rst().seq(1)).expectNothing().connections(0);
        s.newIncarnation(77);
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
    }

    @Test
    void rfc9293_3_10_7_4_resetInSynReceivedAfterActiveOpenRefuses() {
        var s = Script.synSent();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(rst().seq(1)).expectNothing().ended(ConnectionFailure.REFUSED);
    }

    /** Text that was received stays readable; what comes after is answered as by a closed port. */
    @Test
    void rfc9293_3_5_3_resetWithAckAtRcvNxtIsAcceptedToo() {
        var s = Script.established();
        s.inject(rstAck().seq(1).ack(1)).expectNothing().ended(ConnectionFailure.RESET);
    }

    // ---- fourth: SYN

    @Test
    void rfc9293_3_10_7_4_synInWindowInSynReceivedReturnsToListen() {
        var s = Script.synReceived();
        s.inject(syn().seq(10)).expectNothing().connections(0);
    }

    @Test
    void rfc9293_3_10_7_4_repeatedSynInSynReceivedIsAnsweredAgain() {
        var s = Script.synReceived();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1).mss(1460));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc9293_3_10_7_4_repeatedSynAckInEstablishedIsAnsweredByAck() {
        var s = Script.with().connected();
        s.inject(synAck().seq(0).ack(1)).expect(ack().seq(1).ack(1));
    }

    // ---- fifth: ACK

    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSED", "LISTEN", "SYN_SENT"},
            mode = EnumSource.Mode.EXCLUDE)
    void rfc9293_3_10_7_4_segmentWithoutAckIsDropped(TcpState state) {
        var s = in(state);
        s.inject(bare().seq(rcvNxt(state)).carrying(10), fin().withoutAck().seq(rcvNxt(state)))
                .expectNothing();
        s.connections(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, 1000, -5})
    void rfc9293_3_10_7_4_wrongAckInSynReceivedIsReset(long number) {
        var s = Script.synReceived();
        s.inject(ack().seq(1).ack(number)).expect(rst().seq(number));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc9293_3_10_7_4_ackOfSomethingNotYetSentIsAnsweredAndTheRestDropped() {
        var s = Script.established();
        s.inject(data(10).seq(1).ack(500)).expect(ack().seq(1).ack(1));
        s.readable(0);
    }

    @Test
    void rfc9293_3_10_7_4_oldAckIsIgnoredButItsTextIsNot() {
        var s = Script.established();
        s.write(100).expect(data(100).seq(1));
        s.inject(ack().seq(1).ack(101)).expectNothing();
        s.inject(data(10).seq(1).ack(50)).expect(ack().seq(101).ack(11));
    }

    /** SND.WL1 and SND.WL2: a segment older than the last that set the window does not. */
    @Test
    void rfc9293_3_10_7_4_oldSegmentDoesNotChangeTheWindow() {
        var s = Script.with().window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(data(10).seq(1).ack(1001).win(0)).expect(ack().ack(11));
        s.inject(ack().seq(11).ack(1001).win(500)).expect(data(500).seq(1001));
        s.inject(ack().seq(11).ack(1001).win(500)).expectNothing();
    }

    @Test
    void rfc9293_3_10_7_4_windowUpdateLetsTextGo() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(2000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1).win(2000)).expect(data(1000).seq(1001));
    }

    // ---- sixth: URG

    /** 3.8.5, RFC 6093: urgent octets are delivered in line. */
    @Test
    void rfc9293_3_8_5_urgentTextIsDeliveredInLine() {
        var s = Script.established();
        s.inject(data(10).seq(1).urgent(5)).expect(ack().ack(11));
        s.inject(data(10).seq(11).urgent(60_000)).expect(ack().ack(21));
        s.read(20);
    }

    @Test
    void rfc9293_3_8_5_urgentFlagWithoutTextIsHarmless() {
        var s = Script.established();
        s.inject(ack().seq(1).ack(1).urgent(100)).expectNothing();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
    }

    // ---- seventh: text

    /** The RFC: this should not occur; ignore the text. */
    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"})
    void rfc9293_3_10_7_4_textAfterTheFinIsIgnored(TcpState state) {
        var s = in(state);
        s.inject(data(10).seq(2).ack(sndUna(state)));
        s.takeAll();
        s.connections(1).readable(0);
    }

    // ---- eighth: FIN

    @Test
    void rfc9293_3_10_7_4_finWithTextDeliversBoth() {
        var s = Script.established();
        s.inject(data(10).seq(1).withFin()).expect(ack().seq(1).ack(12));
        s.state(TcpState.CLOSE_WAIT).endOfStream(true).read(10);
    }

    /** 3.8.6.3: what the application does next has the ACK of the peer's FIN with it, its own FIN or text. */
    @Test
    void rfc9293_3_8_6_3_finOfAnApplicationThatClosesTooAcknowledgesThePeers() {
        var s = Script.established();
        s.inject(fin().seq(1).ack(1)).expectNothing().state(TcpState.CLOSE_WAIT);
        s.close().expect(fin().seq(1).ack(2)).state(TcpState.LAST_ACK);
        s.after(100).expectNothing();
    }

    @Test
    void rfc9293_3_8_6_3_textAfterThePeersFinAcknowledgesIt() {
        var s = Script.established();
        s.inject(fin().seq(1).ack(1)).expectNothing();
        s.write(10).expect(data(10).seq(1).ack(2));
        s.inject(ack().seq(2).ack(11));
        s.after(100).expectNothing();
    }

    /** 3.8.6.3: if it does nothing, its peer hears of it in less than half a second all the same. */
    @Test
    void rfc9293_3_8_6_3_finThatNobodyAnswersIsAcknowledgedSoon() {
        var s = Script.established();
        s.inject(fin().seq(1).ack(1)).expectNothing();
        s.expectBetween(1, 500, ack().seq(1).ack(2)).state(TcpState.CLOSE_WAIT);
    }

    /** RFC 5681 4.2: the peer has repeated it, so it must learn at once that it is here. */
    @Test
    void rfc9293_3_8_6_3_repeatedFinIsNotKeptWaiting() {
        var s = Script.established();
        s.inject(fin().seq(1).ack(1)).expectNothing();
        s.inject(fin().seq(1).ack(1)).expect(ack().seq(1).ack(2));
        s.after(100).expectNothing();
    }

    @Test
    void rfc9293_3_10_7_4_finOutOfOrderWaitsForTheText() {
        var s = Script.established();
        s.inject(fin().seq(11)).expect(ack().ack(1));
        s.state(TcpState.ESTABLISHED).endOfStream(false);
        s.inject(data(10).seq(1)).expect(ack().ack(12));
        s.state(TcpState.CLOSE_WAIT).read(10);
    }

    @Test
    void rfc9293_3_10_7_4_finWithTextOutOfOrderWaitsToo() {
        var s = Script.established();
        s.inject(data(10).seq(11).withFin()).expect(ack().ack(1));
        s.inject(data(10).seq(1)).expect(ack().ack(22));
        s.state(TcpState.CLOSE_WAIT).read(20);
    }

    @ParameterizedTest
    @EnumSource(
            value = TcpState.class,
            names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"})
    void rfc9293_3_10_7_4_repeatedFinIsAcknowledgedAgain(TcpState state) {
        var s = in(state);
        s.inject(fin().seq(1).ack(sndUna(state)))
                .expect(ack().seq(sndNxt(state)).ack(2));
        s.state(state);
    }

    @Test
    void rfc9293_3_10_7_4_finInSynReceivedWithTheAckGoesToCloseWait() {
        var s = Script.synReceived();
        s.inject(fin().seq(1).ack(1)).state(TcpState.CLOSE_WAIT).established(true);
        s.expectBetween(1, 500, ack().seq(1).ack(2));
    }

    @Test
    void rfc9293_3_10_7_4_textWithTheThirdSegmentOfTheHandshakeIsDelivered() {
        var s = Script.synReceived();
        s.inject(data(10).seq(1).ack(1)).expect(ack().seq(1).ack(11));
        s.state(TcpState.ESTABLISHED).read(10);
    }

    @Test
    void rfc9293_3_10_7_4_lostAckOfOurFinMakesItGoAgain() {
        var s = Script.lastAck();
        s.expectBetween(150, 1100, fin().seq(1).ack(2));
        s.inject(ack().seq(2).ack(2)).connections(0);
    }

    @Test
    void rfc9293_3_10_7_4_finInFinWait1IsRepeatedWhenItIsLost() {
        var s = Script.finWait1();
        s.expectBetween(150, 1100, fin().seq(1).ack(1));
        s.inject(ack().seq(1).ack(2)).state(TcpState.FIN_WAIT_2);
    }

    // ---- sequence numbers around 2^32: every script's peer starts 256 below; here both cross

    @Test
    void rfc9293_3_4_sequenceNumbersWrap() {
        var s = Script.established();
        int at = 1;
        for (int i = 0; i < 5; i++) {
            s.inject(data(100).seq(at)).expect(ack().ack(at + 100));
            at += 100;
        }
        s.inject(data(100).seq(401)).expect(ack().ack(501));
        s.read(500);
    }

    /** A SYN that comes again and again is answered each time and does not use our own repetitions up. */
    @Test
    void rfc9293_3_10_7_4_manyRepeatedSynsDoNotEndSynReceived() {
        var s = Script.synReceived();
        for (int i = 0; i < 10; i++) {
            s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        }
        s.expectBetween(900, 1100, synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
    }

    /** RFC 1337 3, fix F1: a reset does not end TIME-WAIT before its time. */
    @Test
    void rfc1337_3_resetDoesNotEndTimeWait() {
        var s = Script.timeWait();
        s.inject(rst().seq(2)).expectNothing().state(TcpState.TIME_WAIT);
        s.inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
    }

    /** The FIN of a SYN is no end of anything: the handshake goes on without it. */
    @Test
    void rfc9293_3_10_7_2_synWithFinIsAnsweredAsASyn() {
        var s = Script.listen();
        s.inject(syn().seq(0).mss(1460).withFin()).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(fin().seq(1)).expectBetween(1, 500, ack().ack(2)).state(TcpState.CLOSE_WAIT);
    }

    /** SYN and RST together are a reset. */
    @Test
    void rfc9293_3_10_7_2_synWithRstIsAReset() {
        Script.listen().inject(syn().seq(0).withRst()).expectNothing().connections(0);
    }

    /** Text with a reset is a reset. */
    @Test
    void rfc9293_3_5_3_resetWithTextIsAReset() {
        var s = Script.established();
        s.inject(data(10).seq(1).withRst()).expectNothing().ended(ConnectionFailure.RESET);
    }

    /** SHLD-13 and 3.10.7.4: the peer closes its window and its direction at once. */
    @Test
    void rfc9293_3_10_7_4_finWithAShutWindowIsTaken() {
        var s = Script.established();
        s.inject(fin().seq(1).win(0)).expectBetween(1, 500, ack().ack(2)).state(TcpState.CLOSE_WAIT);
        s.write(10).expectNothing();
        s.expectBetween(150, 1100, data(1).seq(1));
        s.inject(ack().seq(2).ack(2).win(1000)).expect(data(9).seq(2));
        s.inject(ack().seq(2).ack(11)).expectNothing();
    }

    /** Everything at once in one segment, in the last states too. */
    @Test
    void rfc9293_3_10_7_4_ackTextAndFinInFinWait1() {
        var s = Script.finWait1();
        s.inject(data(10).seq(1).ack(2).withFin()).expect(ack().seq(2).ack(12));
        s.state(TcpState.TIME_WAIT).read(10);
    }
}
