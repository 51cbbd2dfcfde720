package net.sojourn.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;

/** Two real machines with Migrate in virtual time, one connection between them, and moves by either. */
public final class MovingWorld implements AutoCloseable {

    public static final long SECOND = 1_000_000_000L;
    public static final long MILLI = 1_000_000L;

    /** One end: its machine, its extension, its application. */
    public static final class End {

        private final World world;
        private MigrateSettings settings;
        public final WorldHost host;
        MigrateExtension extension;
        final List<MigrationEvent> events = new ArrayList<>();
        public WorldApplication application;
        Runnable whenMoved = () -> {};
        private MigrationListener listener = MigrationListener.NONE;

        private End(World world, String name, String address, MigrateSettings settings, StackSettings stack) {
            host = world.host(name, address, stack);
            extension = extension(settings);
            host.extend(extension);
            this.world = world;
            this.settings = settings;
            application = host.accept(80);
        }

        private MigrateExtension extension(MigrateSettings settings) {
            return new MigrateExtension(
                    settings, MigrateKeys.onDemand(host.random()), host.random(), new MigrationListener() {
                        @Override
                        public void migrationEvent(Migration migration, MigrationEvent event, long now) {
                            events.add(event);
                            listener.migrationEvent(migration, event, now);
                        }

                        @Override
                        public void onSuspended(Migration migration, SuspensionCause cause, Duration atMost) {
                            listener.onSuspended(migration, cause, atMost);
                        }

                        @Override
                        public void onResumed(Migration migration, Duration suspended) {
                            listener.onResumed(migration, suspended);
                        }

                        @Override
                        public void onMoved(Migration migration, FourTuple from, FourTuple to) {
                            listener.onMoved(migration, from, to);
                        }
                    });
        }

        /** Its stack stops, and another goes on with its connections {@code downNanos} later. */
        void restarts(long downNanos) {
            restarts(downNanos, settings);
        }

        /** With other settings from then on. */
        void restarts(long downNanos, MigrateSettings after) {
            byte[] state = host.freeze();
            assertEquals(0, extension.connections().size());
            assertEquals(0, extension.pendingHandshakes());
            world.run(downNanos);
            settings = after;
            renewed();
            try {
                host.thaw(state, downNanos, extension);
            } catch (FrozenStateException e) {
                throw new AssertionError("seed " + world.seed(), e);
            }
        }

        /** A new extension for a new stack. */
        MigrateExtension renewed() {
            extension = extension(settings);
            return extension;
        }

        Migration migration() {
            return extension.connections().iterator().next();
        }

        <E extends MigrationEvent> List<E> events(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    public final World world;
    public final End mobile;
    public final End fixed;

    public MovingWorld(long seed, LinkSettings link, MigrateSettings settings) {
        this(seed, link, settings, StackSettings.defaults());
    }

    MovingWorld(long seed, LinkSettings link, MigrateSettings settings, StackSettings stack) {
        this(seed, link, settings, stack, world -> {});
    }

    /** @param beforeOpening before the first SYN goes */
    MovingWorld(
            long seed,
            LinkSettings link,
            MigrateSettings settings,
            StackSettings stack,
            Consumer<MovingWorld> beforeOpening) {
        this(seed, link, settings, settings, stack, beforeOpening);
    }

    /** Two ends that do not want the same. */
    static MovingWorld of(long seed, LinkSettings link, MigrateSettings ofMobile, MigrateSettings ofFixed) {
        return new MovingWorld(seed, link, ofMobile, ofFixed, StackSettings.defaults(), world -> {});
    }

    /** {@code listener} hears of the mobile end's connections. */
    static MovingWorld heardBy(long seed, LinkSettings link, MigrateSettings settings, MigrationListener listener) {
        return new MovingWorld(
                seed, link, settings, StackSettings.defaults(), world -> world.mobile.listener = listener);
    }

    private MovingWorld(
            long seed,
            LinkSettings link,
            MigrateSettings ofMobile,
            MigrateSettings ofFixed,
            StackSettings stack,
            Consumer<MovingWorld> beforeOpening) {
        world = World.seed(seed).link(link);
        mobile = new End(world, "mobile", "10.1.0.1", ofMobile, stack);
        fixed = new End(world, "fixed", "10.9.0.1", ofFixed, stack);
        beforeOpening.accept(this);
        mobile.application = mobile.host.connect(IpAddress.parse("10.9.0.1"), 80);
    }

    public MovingWorld established() {
        world.runUntil(() -> mobile.application.isEstablished() && fixed.application.isEstablished(), 60 * SECOND);
        // With M2 the keys follow the handshake.
        for (int i = 0; i < 1_000 && !(isDecided(mobile) && isDecided(fixed)); i++) {
            world.run(10 * MILLI);
        }
        return this;
    }

    private static boolean isDecided(End end) {
        return !end.events(MigrationEvent.Negotiated.class).isEmpty()
                || !end.events(MigrationEvent.Refused.class).isEmpty();
    }

    /**
     * Names are kept for both ends: who looks one up finds where the other was {@code lagNanos} ago, as long as it has had
     * an address since.
     */
    public MovingWorld withNames(long lagNanos) {
        names(mobile, fixed, lagNanos, () -> List.of());
        names(fixed, mobile, lagNanos, () -> List.of());
        return this;
    }

    /** {@code asking} knows a name of {@code asked}: the answer is as old as that, and {@code lies} come before it. */
    void names(End asking, End asked, long lagNanos, Supplier<List<IpAddress>> lies) {
        List<IpAddress> published = new ArrayList<>(List.of(asked.host.address()));
        publish(asked, published, lagNanos);
        asking.extension.locatePeersBy((migration, now) -> {
            List<IpAddress> answer = new ArrayList<>(lies.get());
            answer.addAll(published);
            return answer;
        });
    }

    private void publish(End end, List<IpAddress> published, long lagNanos) {
        end.whenMoved = () -> {
            IpAddress address = end.host.address();
            world.after(lagNanos, () -> published.set(0, address));
        };
    }

    /** Both ends know the same path, and nothing is under way. */
    public boolean agrees() {
        Migration here = mobile.migration();
        Migration there = fixed.migration();
        return here.tuple().equals(there.tuple().reversed())
                && here.state() == MigrationState.NONE
                && there.state() == MigrationState.NONE;
    }

    /** The old address is gone, the new one there at once. */
    public void moves(End end, String to) {
        IpAddress address = IpAddress.parse(to);
        end.host.addresses(address);
        end.whenMoved.run();
        long now = end.host.nowNanos();
        end.extension.connections().forEach(migration -> {
            migration.localAddressLost(now);
            migration.move(address, now);
        });
    }

    /** The new address is there beside the old one, which goes on to work. */
    void movesMakeBeforeBreak(End end, String to) {
        IpAddress address = IpAddress.parse(to);
        end.host.addresses(end.host.address(), address);
        long now = end.host.nowNanos();
        end.extension.connections().forEach(migration -> migration.move(address, now));
    }

    void losesItsAddress(End end) {
        end.host.addresses();
        long now = end.host.nowNanos();
        end.extension.connections().forEach(migration -> migration.localAddressLost(now));
    }

    /** Both streams arrive whole, both connections end well, no timer is left. */
    public void finish(long bytesEachWay, long atMostNanos) {
        WorldApplication client = mobile.application;
        WorldApplication server = fixed.application;
        world.runUntil(() -> client.sawEndOfStream() && server.sawEndOfStream(), atMostNanos);
        assertEquals(bytesEachWay, client.received(), "seed " + world.seed());
        assertEquals(bytesEachWay, server.received(), "seed " + world.seed());
        client.assertStreamIntact();
        server.assertStreamIntact();
        world.run(600 * SECOND);
        world.assertNothingPending();
        assertEquals(0, mobile.extension.connections().size(), "seed " + world.seed());
        assertEquals(0, fixed.extension.pendingHandshakes(), "seed " + world.seed());
    }

    @Override
    public void close() {
        world.close();
    }
}
