package net.sojourn.testbed.moves;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationEvent.MigrateSynSent;
import net.sojourn.migrate.Suite;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.moves.RoamingBed.Ends;
import net.sojourn.testbed.moves.RoamingBed.Guard;
import net.sojourn.testbed.moves.RoamingBed.Place;
import net.sojourn.testbed.moves.RoamingBed.Plan;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Moves through strict stateful firewalls: nftables with conntrack that is not liberal, drops what it calls invalid, and
 * lets a connection begin by a SYN alone. More than a megabyte is unacknowledged each way when M2 moves; classic's
 * sequence numbers allow less (docs/protocol.md).
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class ConntrackIT {

    private static final LinkSettings WIDE = LinkSettings.parse("delay=50ms,rate=100mbit,queue=1500000");
    private static final LinkSettings NARROW = LinkSettings.parse("delay=5ms,rate=20mbit,queue=20000");
    private static final long MEGABYTE = 1_000_000;

    /** A suite, as far as it may go. */
    enum Form {
        M2_EARLY(MigrateSettings.defaults().withSuite(Suite.M2), WIDE, MEGABYTE),
        M2_PLAIN(MigrateSettings.defaults().withSuite(Suite.M2).withEarly(false), WIDE, MEGABYTE),
        CLASSIC(MigrateSettings.classic(), NARROW, 1);

        final MigrateSettings settings;
        final LinkSettings link;
        final long flightBytes;

        Form(MigrateSettings settings, LinkSettings link, long flightBytes) {
            this.settings = settings;
            this.link = link;
            this.flightBytes = flightBytes;
        }
    }

    /** Who moves, and whether it has left its old place before it is at the new one. */
    enum Kind {
        LAPTOP_AFTER_BREAK(true, true),
        LAPTOP_BEFORE_BREAK(true, false),
        SERVER_AFTER_BREAK(false, true),
        SERVER_BEFORE_BREAK(false, false);

        final boolean laptop;
        final boolean breakFirst;

        Kind(boolean laptop, boolean breakFirst) {
            this.laptop = laptop;
            this.breakFirst = breakFirst;
        }
    }

    @ParameterizedTest
    @MethodSource
    void movesThroughFirewalls(Form form, Kind kind) throws IOException {
        move(form, kind, Plan.of(Guard.OPEN_FIREWALL, form.link, form.settings));
    }

    static List<Arguments> movesThroughFirewalls() {
        List<Arguments> all = new ArrayList<>();
        for (Form form : Form.values()) {
            for (Kind kind : Kind.values()) {
                all.add(Arguments.of(form, kind));
            }
        }
        return all;
    }

    private static void move(Form form, Kind kind, Plan plan) throws IOException {
        try (RoamingBed bed = new RoamingBed(plan);
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(form.flightBytes);
            if (kind.laptop) {
                laptopMoves(bed, kind.breakFirst);
            } else {
                serverMoves(bed, kind.breakFirst);
            }
            streams.awaitProgress();
            long bytes = streams.finish();
            long invalid = bed.invalid(kind.laptop ? Place.SECOND : Place.FIRST);
            System.out.printf("conntrack, %s, %s: %.1f MB carried, %d invalid%n", form, kind, bytes / 1e6, invalid);
            if (form != Form.CLASSIC) {
                // An ordinary connection on the new path: one request, and nothing that a firewall minds.
                MigratingHost mover = kind.laptop ? bed.laptop() : bed.server();
                assertEquals(1, mover.events(MigrateSynSent.class).size(), bed::describe);
                assertEquals(0, invalid, "invalid to conntrack");
            }
        }
    }

    static void laptopMoves(RoamingBed bed, boolean breakFirst) throws IOException {
        if (breakFirst) {
            bed.link(Place.FIRST).setUp(false);
            bed.laptop().lose(Place.FIRST.address);
        }
        bed.laptop().move(Place.SECOND.address);
        bed.awaitLaptopAt(Place.SECOND.address);
    }

    private static void serverMoves(RoamingBed bed, boolean breakFirst) throws IOException {
        if (breakFirst) {
            bed.server().lose(RoamingBed.SERVER);
        }
        bed.server().move(RoamingBed.SERVER_ELSEWHERE);
        bed.awaitServerAt(RoamingBed.SERVER_ELSEWHERE);
    }
}
