package net.sojourn.stack.rfc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.tcp.congestion.Cubic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HyStart++, as the congestion window shows it: each round is so many acknowledgements of one segment. */
class Rfc9406Test {

    private static final int MSS = 1000;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final Cubic cubic = new Cubic(MSS);
    private long nowMillis;

    /** @return octets by which the window grew in the round */
    private long round(int acks, long rttMillis) {
        long before = cubic.cwndBytes();
        for (int i = 0; i < acks; i++) {
            nowMillis++;
            Acks ack = Acks.of(MSS, nowMillis).rttMillis(rttMillis);
            cubic.acknowledged(i == 0 ? ack.startingRound() : ack);
        }
        return cubic.cwndBytes() - before;
    }

    @Test
    void rfc9406_4_2_slowStartGrowsByWhatIsAcknowledgedWhileTheRoundTripTimeStands() {
        assertEquals(10 * MSS, round(10, 40));
        assertEquals(20 * MSS, round(20, 40));
        assertEquals(40 * MSS, round(40, 44));
        assertEquals(UNKNOWN, cubic.ssthreshBytes());
    }

    /** An eighth of the last round's least, but at least 4 ms and at most 16 ms. */
    @ParameterizedTest
    @CsvSource({"40, 45, true", "40, 44, false", "8, 12, true", "8, 11, false", "400, 416, true", "400, 415, false"})
    void rfc9406_4_2_riseOfTheRoundTripTimeBeginsConservativeSlowStart(long before, long after, boolean conservative) {
        round(10, before);
        round(8, after);
        assertEquals(conservative ? 8 * MSS / 4 : 8 * MSS, round(8, after));
    }

    @Test
    void rfc9406_4_2_eightSamplesAreNeeded() {
        round(10, 40);
        assertEquals(7 * MSS, round(7, 80));
        // Another round: its least is compared with that of the one before, which has risen already.
        assertEquals(8 * MSS, round(8, 80));
    }

    @Test
    void rfc9406_4_2_leastOfTheRoundCounts() {
        round(10, 40);
        round(1, 80);
        for (int i = 0; i < 8; i++) {
            cubic.acknowledged(Acks.of(MSS, nowMillis++).rttMillis(i == 3 ? 41 : 80));
        }
        assertEquals(8 * MSS, round(8, 41));
    }

    /** The round in which it began counts as the first of five. */
    @Test
    void rfc9406_4_2_afterFiveRoundsSlowStartIsOver() {
        round(10, 40);
        assertEquals("slow start", cubic.phase());
        round(8, 60);
        assertEquals("conservative slow start", cubic.phase());
        for (int conservativeRound = 2; conservativeRound <= 5; conservativeRound++) {
            assertEquals(8 * MSS / 4, round(8, 60));
            assertEquals(UNKNOWN, cubic.ssthreshBytes());
        }
        long cwnd = cubic.cwndBytes();
        round(1, 60);
        assertEquals(cwnd, cubic.ssthreshBytes());
        assertEquals("congestion avoidance", cubic.phase());
    }

    @Test
    void rfc9406_4_2_fallOfTheRoundTripTimeResumesSlowStart() {
        round(10, 40);
        round(8, 60);
        assertEquals(8 * MSS / 4, round(8, 60));
        round(8, 59);
        assertEquals(8 * MSS, round(8, 59));
        assertEquals(UNKNOWN, cubic.ssthreshBytes());
    }

    @Test
    void rfc9406_4_3_onlyTheFirstSlowStart() {
        round(10, 40);
        cubic.retransmissionTimedOut(20 * MSS, nowMillis * Acks.MILLI_NANOS);
        round(2, 40);
        assertEquals(8 * MSS, round(8, 80));
    }
}
