package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A translator forgets its mappings in mid-connection: nobody has moved, and yet (docs/protocol.md, "Translators"). */
@ExtendWith(LeakCheck.class)
class M2TranslatorTest {

    private static final IpAddress OUTSIDE = IpAddress.parse("10.77.0.1");
    private static final IpAddress OTHER_OUTSIDE = IpAddress.parse("10.78.0.1");
    private static final long ONE_WAY = 20 * MILLI;

    private @Nullable Translator translator;

    private MovingWorld world(long seed, MigrateSettings settings) {
        return world(seed, LinkSettings.delay(ONE_WAY), settings);
    }

    private MovingWorld world(long seed, LinkSettings link, MigrateSettings settings) {
        return new MovingWorld(seed, link, settings, StackSettings.defaults(), w -> {
            translator = new Translator(w.world, w.mobile.host, OUTSIDE, OTHER_OUTSIDE);
            w.world.fate(translator::carry);
        });
    }

    private Translator before(MovingWorld w) {
        w.established();
        w.world.run(SECOND);
        assertEquals(OUTSIDE, w.fixed.migration().tuple().peerAddress());
        return Objects.requireNonNull(translator);
    }

    /** The fixed host resets what it does not know; whoever is behind the translator asks at once: 1.5 RTT in all. */
    @Test
    void anotherPortIsNoticedByTheReset() {
        try (MovingWorld w = world(41, MigrateSettings.defaults())) {
            Translator forgetful = before(w);
            FourTuple old = w.fixed.migration().tuple();
            forgetful.forget();
            long start = w.world.nowNanos();
            w.mobile.application.send(1_000);
            w.world.runUntil(() -> w.fixed.application.received() == 1_000, 5 * SECOND);
            assertTrue(w.world.nowNanos() - start <= 3 * ONE_WAY + 5 * MILLI, "took " + (w.world.nowNanos() - start));
            w.world.run(SECOND);
            assertEquals(OUTSIDE, w.fixed.migration().tuple().peerAddress());
            assertNotEquals(old.peerPort(), w.fixed.migration().tuple().peerPort());
            w.mobile.application.sendThenClose(4_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** Its provider has given it another address: the same, and congestion state starts anew at the fixed host. */
    @Test
    void anotherAddressIsNoticedToo() {
        try (MovingWorld w = world(42, MigrateSettings.defaults())) {
            before(w).forgetAndRenumber();
            w.mobile.application.send(1_000);
            w.world.run(SECOND);
            assertEquals(1_000, w.fixed.application.received());
            assertEquals(OTHER_OUTSIDE, w.fixed.migration().tuple().peerAddress());
            w.mobile.application.sendThenClose(4_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** A firewall before the fixed host drops what belongs to no connection: silence is noticed after three time-outs. */
    @Test
    void silenceIsNoticedWhereNoResetComes() {
        try (MovingWorld w = world(43, MigrateSettings.defaults())) {
            Translator forgetful = before(w);
            w.world.fate((from, packet) ->
                    from == w.fixed.host && (Packets.flags(packet) & 4) != 0 ? 0 : forgetful.carry(from, packet));
            forgetful.forget();
            w.mobile.application.send(1_000);
            w.world.run(10 * SECOND);
            assertEquals(1_000, w.fixed.application.received());
            w.mobile.application.sendThenClose(4_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** Only the fixed host has something to say, to a mapping that is gone: it comes through when the other end speaks. */
    @Test
    void listenerIsFoundWhenItSpeaks() {
        try (MovingWorld w = world(44, MigrateSettings.defaults())) {
            Translator forgetful = before(w);
            forgetful.forget();
            w.fixed.application.send(1_000);
            w.world.run(600 * SECOND);
            assertEquals(0, w.mobile.application.received());
            assertTrue(forgetful.dropped > 0);
            w.mobile.application.send(1);
            w.world.run(2 * SECOND);
            assertEquals(1_000, w.mobile.application.received());
            w.mobile.application.sendThenClose(4_999);
            w.fixed.application.sendThenClose(4_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** A translator that forgets every two seconds, under a transfer both ways: every octet once, and none waits long. */
    @Test
    void forgetfulTranslator() {
        for (long seed = 1; seed <= 20; seed++) {
            try (MovingWorld w =
                    world(seed, LinkSettings.delay(ONE_WAY).loss(0.01).jitter(3 * MILLI), MigrateSettings.defaults())) {
                Translator forgetful = before(w);
                if (w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                        || w.fixed.events(MigrationEvent.Negotiated.class).isEmpty()) {
                    continue; // its first SYN was lost
                }
                for (int i = 0; i < 10; i++) {
                    forgetful.forget();
                    w.mobile.application.send(20_000);
                    w.fixed.application.send(20_000);
                    w.world.run(2 * SECOND);
                }
                w.mobile.application.sendThenClose(1);
                w.fixed.application.sendThenClose(1);
                w.finish(200_001, 60 * SECOND);
                assertTrue(w.fixed.events(MigrationEvent.PathSwitched.class).size() >= 5, "seed " + seed);
            }
        }
    }

    /** Classic asks at the end of its silent wait, and not before: the reset may be a stranger's. */
    @Test
    void classicAsksLater() {
        try (MovingWorld w = world(45, MigrateSettings.classic())) {
            before(w).forget();
            w.mobile.application.send(1_000);
            w.world.run(40 * SECOND);
            assertEquals(0, w.fixed.application.received());
            w.world.run(10 * SECOND);
            assertEquals(1_000, w.fixed.application.received());
            w.mobile.application.sendThenClose(4_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }
}
