package net.sojourn.stack.tcp.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link SentSegments} against an array with a word for each octet. */
class SentSegmentsPropertyTest {

    private static final int SPACE = 20_000;
    private static final int MSS = 100;

    private final boolean[] sacked = new boolean[SPACE];
    private final boolean[] lost = new boolean[SPACE];
    private int una;
    private int nxt;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void agreesWithAnArray(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SentSegments sent = new SentSegments();
        long now = 1;
        for (int step = 0; step < 300; step++) {
            now += random.nextInt(1_000_000);
            String when = "seed " + seed + " step " + step;
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> send(sent, random, now);
                case 4, 5 -> acknowledge(sent, random, now, when);
                case 6 -> retransmit(sent, random, now, when);
                case 7 -> loseFirst(sent);
                case 8 -> detect(sent, now);
                default -> rare(sent, random);
            }
            assertAgrees(sent, when);
        }
        sent.acknowledge(nxt, now);
        assertTrue(sent.isEmpty());
        assertEquals(0, sent.pipeBytes());
    }

    private void send(SentSegments sent, SplittableRandom random, long now) {
        int n = Math.min(SPACE - nxt, 1 + random.nextInt(5 * MSS));
        if (n > 0) {
            sent.sent(nxt, nxt + n, now);
            nxt += n;
        }
    }

    private void acknowledge(SentSegments sent, SplittableRandom random, long now, String when) {
        int newUna = random.nextInt(3) == 0 ? una : una + random.nextInt(Math.min(400, nxt - una) + 1);
        long newly = 0;
        for (int i = una; i < newUna; i++) {
            newly += sacked[i] ? 0 : 1;
        }
        una = newUna;
        sent.acknowledge(una, now);
        for (int block = random.nextInt(4); block > 0 && nxt > una; block--) {
            int left = una + random.nextInt(nxt - una);
            int right = Math.min(nxt, left + 1 + random.nextInt(600));
            sent.sack(left, right, now);
            for (int i = left; i < right; i++) {
                newly += sacked[i] ? 0 : 1;
                sacked[i] = true;
                lost[i] = false;
            }
        }
        assertEquals(newly, sent.newlyAckedBytes(), when);
    }

    private void retransmit(SentSegments sent, SplittableRandom random, long now, String when) {
        int range = sent.firstLost();
        int first = first(lost, true);
        if (first < 0) {
            assertEquals(-1, range, when);
            return;
        }
        assertEquals(first, sent.startOf(range), when);
        int length = (int) Math.min(1 + random.nextInt(MSS), sent.endOf(range) - sent.startOf(range));
        sent.retransmitted(range, length, now);
        for (int i = first; i < first + length; i++) {
            assertTrue(lost[i], when);
            lost[i] = false;
        }
    }

    private void loseFirst(SentSegments sent) {
        int head = una;
        long end = -1;
        for (int i = sent.firstUnacknowledged(); i >= 0 && sent.startOf(i) == head && end < 0; ) {
            end = Math.min(sent.endOf(i), head + MSS);
        }
        sent.loseFirst(MSS);
        for (int i = head; i < end; i++) {
            lost[i] |= !sacked[i];
        }
    }

    /** Which are lost is RACK's to say; here only that the account holds: what it marks was neither lost nor sacked. */
    private void detect(SentSegments sent, long now) {
        long before = sent.lostBytes();
        sent.detectLosses(MSS, false, 1_000_000, now);
        assertTrue(sent.lostBytes() >= before);
        for (int i = una; i < nxt; i++) {
            lost[i] = false;
        }
        markLostFrom(sent);
    }

    private void markLostFrom(SentSegments sent) {
        String text = sent.toString();
        for (String range : text.split(" ")) {
            if (range.contains("l") && range.contains("-")) {
                String[] edges = range.replaceAll("[slr]", "").split("-");
                for (int i = Integer.parseInt(edges[0]); i < Integer.parseInt(edges[1]); i++) {
                    assertTrue(!sacked[i], () -> "sacked and lost: " + text);
                    lost[i] = true;
                }
            }
        }
    }

    private void rare(SentSegments sent, SplittableRandom random) {
        if (random.nextInt(3) > 0) {
            return;
        }
        if (random.nextBoolean()) {
            sent.forgetSacks();
            java.util.Arrays.fill(sacked, false);
        }
        sent.loseAll();
        for (int i = una; i < nxt; i++) {
            lost[i] = !sacked[i];
        }
    }

    private void assertAgrees(SentSegments sent, String when) {
        long sackedBytes = 0;
        long lostBytes = 0;
        for (int i = una; i < nxt; i++) {
            sackedBytes += sacked[i] ? 1 : 0;
            lostBytes += lost[i] ? 1 : 0;
        }
        assertEquals(una == nxt, sent.isEmpty(), when);
        assertEquals(sackedBytes, sent.sackedBytes(), when);
        assertEquals(lostBytes, sent.lostBytes(), when);
        assertEquals(nxt - una - sackedBytes - lostBytes, sent.pipeBytes(), when);
        int range = sent.firstUnacknowledged();
        assertEquals(first(sacked, false), range < 0 ? -1 : sent.startOf(range), when);
    }

    private int first(boolean[] marks, boolean value) {
        for (int i = una; i < nxt; i++) {
            if (marks[i] == value) {
                return i;
            }
        }
        return -1;
    }
}
