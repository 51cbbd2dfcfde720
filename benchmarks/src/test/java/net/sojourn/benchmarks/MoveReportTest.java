package net.sojourn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.sojourn.benchmarks.MoveResults.Figure;
import net.sojourn.benchmarks.MoveResults.Whole;
import org.junit.jupiter.api.Test;

class MoveReportTest {

    @Test
    void goalsAreJudgedByTheMedian() {
        MoveResults results = new MoveResults();
        for (double millis : new double[] {13.9, 900, 13.0}) {
            results.add(Figure.TO_SERVER, Mobility.M2, 20, millis);
        }
        results.add(Figure.TO_LAPTOP, Mobility.M2, 20, 24.1);
        results.add(Figure.TO_SERVER, Mobility.MPTCP, 20, 13.95);
        results.add(Figure.TO_LAPTOP, Mobility.MPTCP, 20, 24.0);
        results.add(Figure.TO_SERVER, Mobility.QUIC, 20, 13.9);
        results.add(Figure.TO_LAPTOP, Mobility.QUIC, 20, 24.05);
        results.failed("something");
        String text = new MoveReport("How.", List.of(20), results).markdown();
        assertTrue(text.contains("≤ 0.6 RTT + 2 ms | 14.0 | 13.9 (13.0–900.0) | met |"), text);
        assertTrue(text.contains("≤ 1.1 RTT + 2 ms | 24.0 | 24.1 (24.1–24.1) | **missed** |"), text);
        assertTrue(text.contains("ahead of Linux MPTCP | 14.0 | 13.9 (13.0–900.0) | met |"), text);
        assertTrue(text.contains("ahead of Linux MPTCP | 24.0 | 24.1 (24.1–24.1) | **missed** |"), text);
        assertTrue(text.contains("not behind QUIC, Netty | 13.9 | 13.9 (13.0–900.0) | met |"), text);
        assertTrue(text.contains("not behind QUIC, Netty | 24.1 | 24.1 (24.1–24.1) | **missed** |"), text);
        assertTrue(
                text.contains(
                        "| 20 ms | 13.9 (13.0–900.0), 0.70 | – | 14.0 (14.0–14.0), 0.70 | 13.9 (13.9–13.9), 0.70 | – |"),
                text);
        assertTrue(text.contains("- something"), text);
    }

    @Test
    void whatTheLinksCannotDoIsNoFigure() {
        MoveResults results = new MoveResults();
        results.add(Figure.TO_SERVER, Mobility.M2, 20, 9.9);
        results.add(Figure.TO_SERVER, Mobility.M2, 20, 10);
        results.add(Figure.TO_LAPTOP, Mobility.M2, 20, 19.9);
        assertEquals(Optional.of(List.of(10.0)), results.of(Figure.TO_SERVER, Mobility.M2, 20));
        assertEquals(Optional.empty(), results.of(Figure.TO_LAPTOP, Mobility.M2, 20));
        assertEquals(2, results.failures().size());
    }

    @Test
    void whatIsMeasuredOfSojournAloneHasItsGoals() {
        MoveResults results = new MoveResults();
        results.add(Whole.MANY, 1_050.1);
        results.add(Whole.MANY_CPU, 41);
        results.add(Whole.GOODPUT, 0.9);
        String text = new MoveReport("How.", List.of(20), results).markdown();
        assertTrue(text.contains("≤ 1 s + 1 RTT | 1050.0 | 1050.1 (1050.1–1050.1) | **missed**: both ends"), text);
        assertTrue(text.contains("µs | – | 41.0 (41.0–41.0) |  |"), text);
        assertTrue(text.contains("≥ 0.9 | 0.900 | 0.900 (0.900–0.900) | met |"), text);
        assertTrue(text.contains("Mbit/s | – | – | not measured |"), text);
        assertFalse(text.contains("## after a break"), text);
    }

    @Test
    void aDrawingForEachFigureThatHasTwoBars() {
        MoveResults results = new MoveResults();
        results.add(Figure.TO_SERVER, Mobility.M2, 60, 30);
        results.add(Figure.TO_SERVER, Mobility.RECONNECT, 60, 90);
        results.add(Figure.TO_LAPTOP, Mobility.M2, 60, 60);
        MoveReport report = new MoveReport("How.", List.of(60), results);
        assertEquals(
                List.of("moves-to-server-60.svg"), List.copyOf(report.drawings().keySet()));
    }

    @Test
    void arrivalsBeforeTheMoveCountOnlyForTheGap() {
        Arrivals arrivals = new Arrivals();
        for (long at : new long[] {10, 20, 70, 75}) {
            arrivals.add(at);
        }
        assertEquals(40, arrivals.firstAfter(30));
        assertEquals(50, arrivals.longestGap(30));
        assertEquals(-1, arrivals.firstAfter(75));
    }
}
