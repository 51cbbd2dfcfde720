package net.sojourn.daemon.mobility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.IpAddress;
import org.junit.jupiter.api.Test;

/** Lookups happen elsewhere, not too often, and what they find is told. */
class PeerNamesTest {

    private static final long MILLI = 1_000_000L;
    private static final IpAddress FIRST = IpAddress.parse("192.0.2.1");
    private static final IpAddress SECOND = IpAddress.parse("192.0.2.2");

    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private List<IpAddress> answer = List.of(FIRST);
    private boolean nameServerIsGone;

    private final PeerNames names = new PeerNames(
            name -> {
                asked.add(name);
                if (nameServerIsGone) {
                    throw new UnknownHostException(name);
                }
                return answer;
            },
            tasks::add,
            List.of("laptop.example", "other.example"),
            (addresses, id) -> told.add(id + " " + addresses));

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void connectionWithoutNameIsNowhereElse() {
        assertEquals(List.of(), names.locate(7, 0));
        assertEquals(0, tasks.size());
    }

    @Test
    void firstQuestionBeginsALookupAndDoesNotWaitForIt() {
        names.opened(7, "server.example");
        assertEquals(List.of(), names.locate(7, 0));
        runTasks();
        assertEquals(List.of("7 [" + FIRST + "]"), told);
        assertEquals(List.of(FIRST), names.locate(7, MILLI));
    }

    @Test
    void nameIsLookedUpAtMostTenTimesASecondAndOnceAtATime() {
        names.opened(7, "server.example");
        names.locate(7, 0);
        names.locate(7, 600 * MILLI);
        assertEquals(1, tasks.size());
        runTasks();
        names.locate(7, 99 * MILLI);
        assertEquals(0, tasks.size());
        answer = List.of(SECOND);
        names.locate(7, 100 * MILLI);
        runTasks();
        assertEquals(List.of(SECOND), names.locate(7, 101 * MILLI));
    }

    @Test
    void failedLookupKeepsWhatWasKnownAndIsTriedAgain() {
        names.opened(7, "server.example");
        names.locate(7, 0);
        runTasks();
        nameServerIsGone = true;
        assertEquals(List.of(FIRST), names.locate(7, 600 * MILLI));
        runTasks();
        assertEquals(List.of(FIRST), names.locate(7, 1200 * MILLI));
        assertEquals(1, told.size());
        assertEquals(1, tasks.size());
    }

    @Test
    void whatIsKnownOfEndedConnectionsIsForgotten() {
        names.opened(7, "old.example");
        names.opened(8, "new.example");
        names.retain(Set.of(8L));
        assertEquals(List.of(), names.locate(7, 0));
        assertEquals(0, tasks.size());
    }

    @Test
    void acceptedConnectionGetsTheNameOfWhoIsThere() {
        answer = List.of(FIRST);
        names.accepted(7, SECOND);
        runTasks();
        assertEquals("", names.nameOf(7), "nobody of those is there");
        names.accepted(8, FIRST);
        runTasks();
        assertEquals(List.of("laptop.example", "other.example", "laptop.example", "other.example"), asked);
        assertEquals("other.example", names.nameOf(8));
        names.locate(8, 0);
        answer = List.of(SECOND);
        runTasks();
        assertEquals(List.of("8 [" + SECOND + "]"), told);
    }
}
