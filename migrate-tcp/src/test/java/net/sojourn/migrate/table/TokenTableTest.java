package net.sojourn.migrate.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.classic.Token;
import org.junit.jupiter.api.Test;

/** protocol.md 1.5. */
class TokenTableTest {

    /** A hundred thousand connections, every tenth with another's token: each is found, and none by another's name. */
    @Test
    void hundredThousandTokensWithCollisions() {
        TokenTable<Token, Integer> table = new TokenTable<>(100_000);
        for (int i = 0; i < 100_000; i++) {
            table.add(tokenOf(i), i);
        }
        assertTrue(table.isFull());
        assertEquals(100_000, table.size());
        assertThrows(IllegalStateException.class, () -> table.add(new Token(-1), -1));
        for (int i = 0; i < 100_000; i++) {
            List<Integer> same = table.find(tokenOf(i));
            assertTrue(same.contains(i));
            for (int other : same) {
                assertEquals(tokenOf(i), tokenOf(other));
            }
        }
        for (int i = 0; i < 100_000; i += 2) {
            table.remove(tokenOf(i), i);
        }
        assertEquals(50_000, table.size());
        for (int i = 0; i < 100_000; i++) {
            assertEquals(i % 2 == 1, table.find(tokenOf(i)).contains(i));
        }
        for (int i = 1; i < 100_000; i += 2) {
            table.remove(tokenOf(i), i);
            table.remove(tokenOf(i), i); // nobody is counted twice
        }
        assertEquals(0, table.size());
        assertTrue(table.find(tokenOf(1)).isEmpty());
    }

    /** Tokens of numbers that differ by one in ten are the same. */
    private static Token tokenOf(int i) {
        int named = i % 10 == 0 ? Math.max(0, i - 1) : i;
        return new Token(named * 0x9E37_79B9_7F4A_7C15L);
    }
}
