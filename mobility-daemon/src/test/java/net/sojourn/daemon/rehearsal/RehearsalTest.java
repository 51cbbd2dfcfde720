package net.sojourn.daemon.rehearsal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.daemon.config.MoveSettings.Criterion;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.InterfaceView;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.LinkKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RehearsalTest {

    private static final MoveSettings MOVES = new MoveSettings(
            List.of(Criterion.KERNEL),
            List.of(LinkKind.WIRED),
            1_000_000_000,
            1_000_000_000,
            1_000_000_000,
            1_000_000_000,
            1_000_000_000,
            List.of(),
            List.of());

    private final AtomicInteger questions = new AtomicInteger();

    @Test
    void everySuiteMovesThereAndBackAndTheRealHostIsAsked() throws IOException {
        assertEquals(320, rehearse(MigrateSettings.defaults()));
        assertEquals(320, rehearse(MigrateSettings.classic()));
        assertTrue(questions.get() > 640, questions + " questions");
    }

    @Test
    void withoutASuiteThereIsNothingToRehearse() throws IOException {
        assertEquals(0, rehearse(MigrateSettings.defaults().withSuites(List.of())));
        assertEquals(0, questions.get());
    }

    private int rehearse(MigrateSettings migrate) throws IOException {
        return Rehearsal.run(migrate, MOVES, new HostAddresses() {
            @Override
            public Map<IpAddress, InterfaceView> usable() {
                questions.incrementAndGet();
                return Map.of();
            }

            @Override
            public Optional<IpAddress> sourceFor(IpAddress peer) {
                return Optional.empty();
            }

            @Override
            public boolean leads(IpAddress source, IpAddress peer) {
                return false;
            }

            @Override
            public void listen(Runnable changed) {
                throw new AssertionError("what the host does is not the rehearsal's");
            }

            @Override
            public void close() {}
        });
    }
}
