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
        names.opened(7, "server.example", Set.of(7L));
        assertEquals(List.of(), names.locate(7, 0));
        runTasks();
        assertEquals(List.of("7 [" + FIRST + "]"), told);
        assertEquals(List.of(FIRST), names.locate(7, MILLI));
    }

    @Test
    void nameIsLookedUpAtMostTwiceASecondAndOnceAtATime() {
        names.opened(7, "server.example", Set.of(7L));
        names.locate(7, 0);
        names.locate(7, 600 * MILLI);
        assertEquals(1, tasks.size());
        runTasks();
        names.locate(7, 400 * MILLI);
        assertEquals(0, tasks.size());
        answer = List.of(SECOND);
        names.locate(7, 500 * MILLI);
        runTasks();
        assertEquals(List.of(SECOND), names.locate(7, 501 * MILLI));
    }

    @Test
    void failedLookupKeepsWhatWasKnownAndIsTriedAgain() {
        names.opened(7, "server.example", Set.of(7L));
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
        names.opened(7, "old.example", Set.of(7L));
        names.opened(8, "new.example", Set.of(8L));
        assertEquals(List.of(), names.locate(7, 0));
        assertEquals(0, tasks.size());
    }
}
