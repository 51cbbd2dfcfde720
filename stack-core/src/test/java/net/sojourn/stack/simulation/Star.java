package net.sojourn.stack.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.simulation.Scenario.Fate;
import net.sojourn.stack.simulation.Scenario.HostPart;
import net.sojourn.stack.simulation.Scenario.Kind;
import net.sojourn.stack.simulation.Scenario.Misfortune;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldHost;

/**
 * A router and a link from it to each host. A packet goes up its sender's link and down its receiver's; each direction has
 * its own rate, queue and luck. The router tells of packets that are too big (RFC 1191, RFC 4443 3.2) unless it is silent.
 */
final class Star implements World.Network {

    private static final IpAddress ROUTER_IPV4 = IpAddress.parse("10.255.255.254");
    private static final IpAddress ROUTER_IPV6 = IpAddress.parse("2001:db8:ffff::1");
    private static final long ICMP_DELAY_NANOS = 1_000_000;
    private static final int QUOTED_IPV4_BYTES = 28;
    private static final int QUOTED_IPV6_BYTES = 1000;
    private static final long MICRO = 1000;

    private final World world;
    private final boolean fixed;
    private final List<Direction> up = new ArrayList<>();
    private final List<Direction> down = new ArrayList<>();
    private final Map<WorldHost, Integer> numbers = new HashMap<>();
    private final List<Misfortune> befell = new ArrayList<>();

    Star(World world, Scenario scenario) {
        this.world = world;
        this.fixed = scenario.fixed();
        for (int i = 0; i < scenario.hosts().size(); i++) {
            up.add(new Direction(i, true, scenario));
            down.add(new Direction(i, false, scenario));
        }
    }

    void attach(WorldHost host) {
        numbers.put(host, numbers.size());
    }

    private int number(WorldHost host) {
        return Objects.requireNonNull(numbers.get(host), "not attached");
    }

    /** Everything that befell packets so far. */
    List<Misfortune> befell() {
        return befell;
    }

    void change(Scenario.Change change) {
        for (Direction direction : List.of(up.get(change.host()), down.get(change.host()))) {
            direction.change(change.kind(), change.value());
        }
    }

    @Override
    public void carry(WorldHost from, WorldHost to, ByteBuf packet) {
        Direction first = up.get(number(from));
        Direction second = down.get(number(to));
        first.take(from, packet, passed -> second.take(from, passed, arrived -> world.deliver(to, arrived)));
    }

    private interface Onward {
        void go(ByteBuf packet);
    }

    /** One direction of a link. */
    private final class Direction {

        private final int host;
        private final boolean isUp;
        private final HostPart part;
        private final SplittableRandom random;
        private final Map<Long, Map<Fate, Long>> fates = new HashMap<>();
        private long bitsPerSecond;
        private long delayNanos;
        private int mtuBytes = 1500;
        private long silentUntilNanos;
        private long cutUntilNanos;
        private long freeNanos;
        private boolean bad;
        private long packets;

        Direction(int host, boolean isUp, Scenario scenario) {
            this.host = host;
            this.isUp = isUp;
            this.part = scenario.hosts().get(host);
            this.bitsPerSecond = part.bitsPerSecond();
            this.delayNanos = part.delayMicros() * MICRO;
            this.random = new SplittableRandom(scenario.seed() * 1_000_003 + host * 2L + (isUp ? 1 : 0));
            for (Misfortune m : scenario.misfortunes()) {
                if (m.host() == host && m.up() == isUp) {
                    fates.computeIfAbsent(m.packet(), n -> new EnumMap<>(Fate.class))
                            .put(m.fate(), m.value());
                }
            }
        }

        void change(Kind kind, long value) {
            long now = world.nowNanos();
            switch (kind) {
                case MTU -> mtuBytes = (int) value;
                case SILENCE -> silentUntilNanos = now + value * MICRO;
                case CUT -> cutUntilNanos = now + value * MICRO;
                case RATE -> bitsPerSecond = value;
                case DELAY -> delayNanos = value * MICRO;
            }
        }

        void take(WorldHost sender, ByteBuf packet, Onward onward) {
            long number = packets++;
            if (!fixed) {
                draw(number, packet.readableBytes());
            }
            Map<Fate, Long> fate = fates.getOrDefault(number, Map.of());
            long now = world.nowNanos();
            if (packet.readableBytes() > mtuBytes) {
                if (now >= silentUntilNanos) {
                    tellTooBig(sender, packet);
                }
                packet.release();
                return;
            }
            if (fate.containsKey(Fate.LOSE) || now < cutUntilNanos) {
                packet.release();
                return;
            }
            if (fate.containsKey(Fate.DOUBLE)) {
                pass(packet.copy(), 0, onward);
            }
            Long bit = fate.get(Fate.CORRUPT);
            if (bit != null) {
                int at = packet.readerIndex() + (int) (bit / 8 % packet.readableBytes());
                packet.setByte(at, packet.getByte(at) ^ 1 << bit % 8);
            }
            pass(packet, fate.getOrDefault(Fate.LATE, 0L) * MICRO, onward);
        }

        private void pass(ByteBuf packet, long lateNanos, Onward onward) {
            long wait = delayNanos + lateNanos;
            if (bitsPerSecond > 0) {
                long now = world.nowNanos();
                long free = Math.max(now, freeNanos);
                if ((free - now) / 1e9 * bitsPerSecond / 8 > part.queueBytes()) {
                    packet.release();
                    return;
                }
                freeNanos = free + packet.readableBytes() * 8_000_000_000L / bitsPerSecond;
                wait += freeNanos - now;
            }
            world.carryFor(wait, () -> onward.go(packet));
        }

        /** Chance decides, and what it decides is written down, so that it can be decided again. */
        private void draw(long number, int octets) {
            bad = bad ? random.nextDouble() >= part.becomesGood() : random.nextDouble() < part.becomesBad();
            befalls(number, Fate.LOSE, random.nextDouble() < (bad ? part.badLoss() : part.loss()), 0);
            befalls(number, Fate.DOUBLE, random.nextDouble() < part.duplication(), 0);
            befalls(number, Fate.CORRUPT, random.nextDouble() < part.corruption(), random.nextLong(octets * 8L));
            befalls(
                    number,
                    Fate.LATE,
                    random.nextDouble() < part.reordering(),
                    part.reorderMicros() == 0 ? 0 : random.nextLong(part.reorderMicros()));
        }

        private void befalls(long number, Fate fate, boolean does, long value) {
            if (does) {
                fates.computeIfAbsent(number, n -> new EnumMap<>(Fate.class)).put(fate, value);
                befell.add(new Misfortune(host, isUp, number, fate, value));
            }
        }

        private IpAddress source(ByteBuf packet) {
            int at = packet.readerIndex();
            return packet.getByte(at) >> 4 == 4
                    ? IpAddress.ofIpv4(packet.getInt(at + 12))
                    : new IpAddress(packet.getLong(at + 8), packet.getLong(at + 16));
        }

        private void tellTooBig(WorldHost sender, ByteBuf packet) {
            boolean ipv4 = packet.getByte(packet.readerIndex()) >> 4 == 4;
            byte[] quoted = new byte[Math.min(packet.readableBytes(), ipv4 ? QUOTED_IPV4_BYTES : QUOTED_IPV6_BYTES)];
            packet.getBytes(packet.readerIndex(), quoted);
            byte[] message = ipv4
                    ? PacketBytes.icmp(ROUTER_IPV4, source(packet), 3, 4, mtuBytes, quoted)
                    : PacketBytes.icmp(ROUTER_IPV6, source(packet), 2, 0, mtuBytes, quoted);
            world.carryFor(ICMP_DELAY_NANOS, () -> world.deliver(sender, Unpooled.wrappedBuffer(message)));
        }
    }
}
