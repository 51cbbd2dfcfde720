package net.sojourn.dns.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of the guard record, and hostile ones. */
final class GuardTest {

    @Test
    void textRoundTrips() {
        Guard guard = new Guard("laptop-7", 41);
        assertEquals("mm1 owner=laptop-7 seq=41", guard.text());
        assertEquals(Optional.of(guard), Guard.parse(guard.text()));
        assertEquals(new Guard("laptop-7", 42), guard.next());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mm1 owner= seq=1",
                "mm1 owner=a seq=0",
                "mm1 owner=a seq=-1",
                "mm1 owner=a seq=01",
                "mm1 owner=a seq=9999999999999999999",
                "mm1 owner=a b seq=1",
                "mm1 owner=a seq=1 ",
                "mm2 owner=a seq=1",
                "mm1 owner=a seq=1\n",
                "v=spf1 -all"
            })
    void anythingElseIsNoGuard(String text) {
        assertEquals(Optional.empty(), Guard.parse(text));
    }

    @Test
    void counterStartsAgainInsteadOfFailing() {
        assertEquals(1, new Guard("a", Guard.MAX_SEQ).next().seq());
        assertThrows(IllegalArgumentException.class, () -> new Guard("a", Guard.MAX_SEQ + 1));
    }

    /** Mutations of a good text either parse to what they say or to nothing. */
    @Test
    void mutatedTextsParseExactlyOrNotAtAll() {
        Random random = new Random(20261123);
        for (int run = 0; run < 50_000; run++) {
            StringBuilder text = new StringBuilder("mm1 owner=laptop-7 seq=41");
            for (int edit = random.nextInt(4); edit >= 0; edit--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> text.insert(at, (char) random.nextInt(128));
                    default -> text.deleteCharAt(at);
                }
            }
            String mutated = text.toString();
            Guard.parse(mutated).ifPresent(guard -> assertEquals(mutated, guard.text()));
        }
    }

    @Test
    void ownerIdIsStableAndTellsNothing() {
        String id = OwnerId.derive("0123456789abcdef", "laptop-key");
        assertEquals(id, OwnerId.derive("0123456789abcdef", "laptop-key"));
        assertNotEquals(id, OwnerId.derive("0123456789abcdef", "other-key"));
        Guard.requireOwnerId(id);
        assertEquals(-1, id.indexOf("laptop"));
    }
}
