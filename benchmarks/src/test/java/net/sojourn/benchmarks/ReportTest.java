package net.sojourn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What a reader of a bench's report is told. */
class ReportTest {

    @Test
    void aFigureThatOthersDisturbedIsNamed() {
        Results results = new Results();
        assertFalse(new Report("header", results).markdown().contains("Disturbed"));
        results.disturbed("Sojourn, bulk receive, round 1: 29.50 Gbit/s while others had 31 % of the processors");
        assertTrue(new Report("header", results)
                .markdown()
                .contains("## Disturbed\n\n- Sojourn, bulk receive, round 1: 29.50"));
    }

    /** The whole cost may be the kernel's, the part in user mode is the stack's own: the report judges each. */
    @Test
    void theCostOfSegmentsIsJudgedAsAWholeAndByTheStacksOwnPart() {
        Results results = new Results();
        results.add(Figure.SEGMENT_FEW, Contender.SOJOURN, 8);
        results.add(Figure.SEGMENT_MANY, Contender.SOJOURN, 12);
        results.add(Figure.SEGMENT_FEW_OWN, Contender.SOJOURN, 2);
        results.add(Figure.SEGMENT_MANY_OWN, Contender.SOJOURN, 2.2);
        String text = new Report("header", results).markdown();
        assertTrue(text.contains("| 1.50 (1.50–1.50) | **missed**"), text);
        assertTrue(text.contains("| 1.10 (1.10–1.10) | met |"), text);
    }
}
