package net.sojourn.stack.world;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import org.jspecify.annotations.Nullable;

/**
 * Hosts and a network in virtual time: the same run each time from its seed. Every packet crosses one network whose
 * behaviour is one {@link LinkSettings}; an address that no host has swallows what is sent to it.
 */
public final class World implements AutoCloseable {

    /** Decides about one packet beside what the link does to it. */
    @FunctionalInterface
    public interface Fate {

        /** @return 0 to lose it, 1 as usual, 2 to double it */
        int copies(WorldHost from, ByteBuf packet);
    }

    /** What lies between the hosts, in place of the one {@link LinkSettings}. */
    public interface Network {

        /** Takes ownership of {@code packet}; {@link #deliver} ends its way. */
        void carry(WorldHost from, WorldHost to, ByteBuf packet);
    }

    private record Event(long atNanos, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int c = Long.compare(atNanos, other.atNanos);
            return c != 0 ? c : Long.compare(order, other.order);
        }
    }

    private final long seed;
    private final SeededRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<WorldHost> hosts = new ArrayList<>();
    private final Map<IpAddress, WorldHost> owners = new HashMap<>();
    private final List<String> trace = new ArrayList<>();
    private LinkSettings link = LinkSettings.delay(10_000_000);
    private final Map<WorldHost, Long> linkFreeNanos = new HashMap<>();
    private long nowNanos = 1_000_000_000L;
    private long orders;
    private int inFlight;
    private @Nullable Network network;
    private boolean traced = true;
    private Fate fate = (from, packet) -> 1;

    private World(long seed) {
        this.seed = seed;
        this.random = new SeededRandom(seed);
    }

    public static World seed(long seed) {
        return new World(seed);
    }

    public long seed() {
        return seed;
    }

    public SeededRandom random() {
        return random;
    }

    public World link(LinkSettings settings) {
        link = settings;
        return this;
    }

    public World network(Network chosen) {
        network = chosen;
        return this;
    }

    /** Whether packets are remembered for {@link #tail}, which takes most of a run's time. */
    public World traced(boolean on) {
        traced = on;
        return this;
    }

    /** All packets so far that are remembered. */
    public List<String> trace() {
        return List.copyOf(trace);
    }

    public World fate(Fate chosen) {
        fate = chosen;
        return this;
    }

    public long nowNanos() {
        return nowNanos;
    }

    /** A new host with one address. */
    public WorldHost host(String name, String address, StackSettings settings) {
        WorldHost host = new WorldHost(this, name, settings, link.mtuBytes(), random.nextLong());
        hosts.add(host);
        host.addresses(IpAddress.parse(address));
        return host;
    }

    /** What is sent to these addresses comes to {@code host}, and may come from there. */
    public void own(WorldHost host, List<IpAddress> addresses) {
        owners.values().removeIf(owner -> owner == host);
        addresses.forEach(address -> owners.put(address, host));
    }

    /** Runs {@code action} at a time from now. */
    public void after(long delayNanos, Runnable action) {
        events.add(new Event(nowNanos + delayNanos, orders++, action));
    }

    /** A host has sent {@code packet}; takes ownership. */
    void carry(WorldHost from, ByteBuf packet) {
        trace(from, packet);
        WorldHost to = owners.get(destinationOf(packet));
        if (network != null && to != null) {
            network.carry(from, to, packet);
            return;
        }
        IpAddress source = sourceOf(packet);
        int fated = fate.copies(from, packet);
        if (to == null || owners.get(source) != from || random.nextDouble() < link.loss() || fated == 0) {
            packet.release();
            return;
        }
        int copies = random.nextDouble() < link.duplication() ? 2 : fated;
        for (int i = 0; i < copies; i++) {
            ByteBuf copy = i == copies - 1 ? packet : packet.copy();
            if (random.nextDouble() < link.corruption()) {
                int at = copy.readerIndex() + random.nextInt(copy.readableBytes());
                copy.setByte(at, copy.getByte(at) ^ 1 << random.nextInt(8));
            }
            long delay = link.delayNanos() + queueing(from, copy);
            if (delay < 0) {
                copy.release();
                continue;
            }
            if (link.jitterNanos() > 0) {
                delay += (long) (random.nextDouble() * link.jitterNanos());
            }
            inFlight++;
            after(delay, () -> {
                inFlight--;
                to.arrives(copy);
            });
        }
    }

    /** A packet is under way for so long, then {@code then} has it. */
    public void carryFor(long delayNanos, Runnable then) {
        inFlight++;
        after(delayNanos, () -> {
            inFlight--;
            then.run();
        });
    }

    /** It has arrived; takes ownership. */
    public void deliver(WorldHost to, ByteBuf packet) {
        to.arrives(packet);
    }

    private long queueing(WorldHost from, ByteBuf packet) {
        if (link.bitsPerSecond() == 0) {
            return 0;
        }
        long free = Math.max(nowNanos, linkFreeNanos.getOrDefault(from, 0L));
        long queuedBytes = (free - nowNanos) * link.bitsPerSecond() / 8 / 1_000_000_000L;
        if (queuedBytes > link.queueBytes()) {
            return Long.MIN_VALUE / 2;
        }
        long done = free + packet.readableBytes() * 8L * 1_000_000_000L / link.bitsPerSecond();
        linkFreeNanos.put(from, done);
        return done - nowNanos;
    }

    /** Until {@code condition} holds; fails with the trace when nothing more happens or the time is up. */
    public void runUntil(BooleanSupplier condition, long atMostNanos) {
        long limit = nowNanos + atMostNanos;
        while (!condition.getAsBoolean()) {
            if (!step(limit)) {
                throw new AssertionError("seed " + seed + ": not reached within " + atMostNanos / 1e9
                        + " s of virtual time" + " (now " + nowNanos / 1e9 + ")\n" + state() + tail());
            }
        }
    }

    /** For so long. */
    public void run(long forNanos) {
        long limit = nowNanos + forNanos;
        while (step(limit)) {}
        nowNanos = limit;
    }

    private boolean step(long limitNanos) {
        long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().atNanos;
        for (WorldHost host : hosts) {
            next = Math.min(next, host.nextDeadlineNanos());
        }
        if (next > limitNanos) {
            return false;
        }
        nowNanos = Math.max(nowNanos, next);
        while (!events.isEmpty() && events.peek().atNanos <= nowNanos) {
            events.poll().action.run();
        }
        for (WorldHost host : hosts) {
            host.cycle();
        }
        return true;
    }

    private void trace(WorldHost from, ByteBuf packet) {
        if (!traced) {
            return;
        }
        if (trace.size() > 4000) {
            trace.subList(0, 2000).clear();
        }
        trace.add(String.format("%.6f %s %s", nowNanos / 1e9, from.name(), PacketText.of(packet)));
    }

    private String state() {
        StringBuilder text = new StringBuilder();
        for (WorldHost host : hosts) {
            host.machine().tcp().connections().forEach(tcb -> text.append(host.name())
                    .append(": ")
                    .append(tcb)
                    .append('\n'));
        }
        return text.toString();
    }

    /** The last packets of the run, for a failure message. */
    public String tail() {
        return String.join("\n", trace.subList(Math.max(0, trace.size() - 60), trace.size()));
    }

    /** No packet under way, no timer set, no connection left. */
    public void assertNothingPending() {
        for (WorldHost host : hosts) {
            if (host.machine().deadlineCount() != 0
                    || !host.machine().tcp().connections().isEmpty()
                    || host.machine().tcp().pathCount() != 0) {
                throw new AssertionError("seed " + seed + ": " + host.name() + " has "
                        + host.machine().deadlineCount() + " deadlines set and "
                        + host.machine().tcp().pathCount() + " entries in its table\n" + state() + tail());
            }
        }
        if (inFlight != 0) {
            throw new AssertionError("seed " + seed + ": packets are still under way");
        }
    }

    private static IpAddress destinationOf(ByteBuf packet) {
        return address(packet, packet.getByte(packet.readerIndex()) >> 4 == 4 ? 16 : 24);
    }

    private static IpAddress sourceOf(ByteBuf packet) {
        return address(packet, packet.getByte(packet.readerIndex()) >> 4 == 4 ? 12 : 8);
    }

    private static IpAddress address(ByteBuf packet, int at) {
        int index = packet.readerIndex() + at;
        return packet.getByte(packet.readerIndex()) >> 4 == 4
                ? IpAddress.ofIpv4(packet.getInt(index))
                : new IpAddress(packet.getLong(index), packet.getLong(index + 8));
    }

    static PooledByteBufAllocator allocator() {
        return PooledByteBufAllocator.DEFAULT;
    }

    @Override
    public void close() {
        hosts.forEach(WorldHost::close);
        Event event;
        while ((event = nextOrNull()) != null) {
            event.action.run();
        }
        hosts.forEach(WorldHost::close);
    }

    private @Nullable Event nextOrNull() {
        return events.poll();
    }
}
