package net.sojourn.migrate.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReqNoTest {

    /** protocol.md 2.1, 11: serial arithmetic on seven bits; a distance of 64 counts as earlier. */
    @ParameterizedTest
    @CsvSource({
        "2, 1, true",
        "1, 1, false",
        "1, 2, false",
        "64, 1, true",
        "65, 1, false",
        "66, 1, false",
        "0, 127, true",
        "62, 127, true",
        "63, 127, false",
        "127, 0, false",
        "127, 64, true",
        "0, 64, false"
    })
    void laterIsWithinHalfTheCircle(int candidate, int last, boolean later) {
        assertEquals(later, ReqNo.isLater(candidate, last));
    }

    @Test
    void wrapsAfter127() {
        assertEquals(0, ReqNo.next(127));
        assertEquals(2, ReqNo.next(1));
    }

    @Test
    void optionRefusesWhatIsNoRequestNumber() {
        assertThrows(IllegalArgumentException.class, () -> new MigrateOption(false, 128, new Token(0), new Request(0)));
    }

    /** protocol.md 5.3, A2: the last 128 requests are remembered, whole. */
    @Test
    void replayMemoryKeepsTheLast128() {
        ReplayMemory memory = new ReplayMemory();
        for (int i = 0; i < 200; i++) {
            memory.remember(1_000 + i, i & 127, new Request(i));
        }
        assertFalse(memory.contains(1_071, 71, new Request(71)));
        assertTrue(memory.contains(1_072, 72, new Request(72)));
        assertTrue(memory.contains(1_199, 199 & 127, new Request(199)));
        assertFalse(memory.contains(1_199, 199 & 127, new Request(198)));
        assertFalse(memory.contains(1_198, 199 & 127, new Request(199)));
        assertFalse(memory.contains(1_199, 3, new Request(199)));
    }
}
