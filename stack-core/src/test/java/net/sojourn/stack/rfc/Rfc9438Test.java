package net.sojourn.stack.rfc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.tcp.congestion.Cubic;
import org.junit.jupiter.api.Test;

/** CUBIC by its clauses; its response to loss as a whole is in {@code CongestionTheoryTest}. */
class Rfc9438Test {

    private static final int MSS = 1000;
    private static final double C = 0.4;
    private static final double BETA = 0.7;
    private static final long RTT_MILLIS = 100;

    private final Cubic cubic = new Cubic(MSS);
    private long nowMillis = 1_000_000;

    private double segments() {
        return cubic.cwndBytes() / (double) MSS;
    }

    /** Slow start to that many segments, then one loss. */
    private void lossAt(int segments) {
        while (segments() < segments) {
            long missing = segments * (long) MSS - cubic.cwndBytes();
            cubic.acknowledged(Acks.of(missing, nowMillis).rttMillis(RTT_MILLIS));
        }
        loss();
    }

    private void loss() {
        cubic.congestionDetected(cubic.cwndBytes(), nowMillis * Acks.MILLI_NANOS);
        cubic.recoveryEnded(nowMillis * Acks.MILLI_NANOS);
    }

    /** Round trips, each of which acknowledges a window in ten parts. */
    private void pass(double seconds) {
        long end = nowMillis + (long) (seconds * 1000);
        while (nowMillis < end) {
            nowMillis += RTT_MILLIS / 10;
            cubic.acknowledged(Acks.of(cubic.cwndBytes() / 10, nowMillis).rttMillis(RTT_MILLIS));
        }
    }

    @Test
    void rfc9438_4_6_lossTakesThreeTenths() {
        lossAt(1000);
        assertEquals(700, segments(), 1);
        assertEquals(700_000, cubic.ssthreshBytes(), 1000);
    }

    /** At K the window is back where the loss was, and there it hardly grows. */
    @Test
    void rfc9438_4_2_windowIsBackAfterK() {
        lossAt(1000);
        double k = Math.cbrt(1000 * (1 - BETA) / C);
        pass(k);
        assertEquals(1000, segments(), 10);
        pass(1);
        assertEquals(1000, segments(), 10);
    }

    /** Concave before K, convex behind it. */
    @Test
    void rfc9438_4_4_and_4_5_concaveThenConvex() {
        lossAt(1000);
        double k = Math.cbrt(1000 * (1 - BETA) / C);
        pass(k / 2);
        // C (k/2)^3 is missing still.
        assertEquals(1000 - C * Math.pow(k / 2, 3), segments(), 12);
        pass(k / 2 + 5);
        assertEquals(1000 + C * 125, segments(), 12);
    }

    @Test
    void rfc9438_4_7_fastConvergenceLowersThePlateau() {
        lossAt(1000);
        loss();
        // 700 was below 1,000: the next plateau is 700 (1 + 0.7) / 2.
        assertEquals(490, segments(), 1);
        double plateau = 700 * (1 + BETA) / 2;
        pass(Math.cbrt((plateau - 490) / C));
        assertEquals(plateau, segments(), 8);
    }

    /** With a short round trip Reno would be faster, so its window counts. */
    @Test
    void rfc9438_4_3_smallWindowsGrowAsRenosWould() {
        lossAt(20);
        double alpha = 3 * (1 - BETA) / (1 + BETA);
        double before = segments();
        for (int i = 0; i < 10; i++) {
            nowMillis += 1;
            cubic.acknowledged(Acks.of(cubic.cwndBytes(), nowMillis).rttMillis(1));
        }
        assertEquals(before + 10 * alpha, segments(), 0.5);
    }

    @Test
    void rfc9438_4_2_windowNeverGrowsByMoreThanHalfInARoundTrip() {
        lossAt(100);
        double before = segments();
        // A minute without acknowledgements, though the window was in use: the cubic is far away then.
        cubic.acknowledged(Acks.of(MSS, nowMillis).rttMillis(RTT_MILLIS));
        nowMillis += 60_000;
        cubic.acknowledged(Acks.of(cubic.cwndBytes(), nowMillis).rttMillis(RTT_MILLIS));
        assertTrue(segments() <= 1.5 * before + 1, "from " + before + " to " + segments());
    }

    @Test
    void rfc9438_4_8_timeoutLeavesOneSegment() {
        lossAt(1000);
        cubic.retransmissionTimedOut(cubic.cwndBytes(), nowMillis * Acks.MILLI_NANOS);
        assertEquals(1, segments());
        assertEquals(490_000, cubic.ssthreshBytes(), 1000);
    }

    @Test
    void rfc9438_4_9_spuriousReductionIsTakenBack() {
        lossAt(1000);
        cubic.undo(nowMillis * Acks.MILLI_NANOS);
        assertEquals(1000, segments(), 1);
        assertEquals(Long.MAX_VALUE, cubic.ssthreshBytes());
    }

    @Test
    void rfc9438_5_8_timeOfLittleTextIsNoGrowth() {
        lossAt(1000);
        pass(1);
        double before = segments();
        cubic.acknowledged(Acks.of(MSS, nowMillis).limitedByTheApplication());
        nowMillis += 30_000;
        cubic.acknowledged(Acks.of(MSS, nowMillis).limitedByTheApplication());
        assertEquals(before, segments(), 0.1);
        pass(0.2);
        assertTrue(segments() < before + 60, "from " + before + " to " + segments());
    }

    /** RFC 8511 3.1, which RFC 9438 4.6 allows: a mark costs less than a loss. */
    @Test
    void rfc9438_4_6_markTakesLess() {
        lossAt(1000);
        pass(20);
        double before = segments();
        cubic.congestionExperienced(cubic.cwndBytes(), nowMillis * Acks.MILLI_NANOS);
        assertEquals(0.85 * before, segments(), 1);
    }
}
