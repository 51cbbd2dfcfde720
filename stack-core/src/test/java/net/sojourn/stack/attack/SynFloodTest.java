package net.sojourn.stack.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 4987: 100,000 SYNs a second of sources that do not exist, in virtual time; the honest are served within a second. */
class SynFloodTest {

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int PER_MILLI = 100;
    private static final IpAddress SERVER = IpAddress.parse("10.0.0.1");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectionsAreServedDuringAFlood(boolean timestamps) {
        StackSettings settings =
                StackSettings.defaults().toBuilder().timestamps(timestamps).build();
        try (World world = World.seed(4987).link(LinkSettings.delay(10 * MILLI))) {
            WorldHost server = world.host("server", "10.0.0.1", settings);
            WorldHost client = world.host("client", "10.0.0.2", settings);
            WorldApplication accepted = server.accept(80);
            flood(world, server, new SplittableRandom(1), 400);
            world.run(50 * MILLI);
            long began = world.nowNanos();
            WorldApplication asking = client.connect(SERVER, 80);
            asking.send(2000);
            world.runUntil(() -> accepted.isAttached() && accepted.received() == 2000, SECOND);
            accepted.send(50_000);
            world.runUntil(() -> asking.received() == 50_000, SECOND);
            asking.assertStreamIntact();
            assertTrue(world.nowNanos() - began < SECOND, "served after " + (world.nowNanos() - began) / MILLI + " ms");
            assertEquals(1, server.machine().counters().of(Counter.SYN_COOKIES_ACCEPTED));
            world.run(300 * MILLI);
            int most = settings.floodLimits().halfOpenPerListener() + 1;
            assertTrue(server.machine().tcp().connections().size() <= most);
            assertTrue(server.machine().deadlineCount() <= 2 * most);
            assertTrue(server.machine().counters().of(Counter.SYN_COOKIES_SENT) > 39_000);
        }
    }

    private static void flood(World world, WorldHost server, SplittableRandom random, int millisLeft) {
        for (int i = 0; i < PER_MILLI; i++) {
            ByteBuf packet = Unpooled.wrappedBuffer(syn(random));
            server.machine().packetArrives(packet, false, 0, world.nowNanos());
            packet.release();
        }
        if (millisLeft > 0) {
            world.after(MILLI, () -> flood(world, server, random, millisLeft - 1));
        }
    }

    private static byte[] syn(SplittableRandom random) {
        byte[] segment = new byte[24];
        PacketBytes.set16(segment, 0, 1024 + random.nextInt(60_000));
        PacketBytes.set16(segment, 2, 80);
        PacketBytes.set16(segment, 4, random.nextInt(65_536));
        PacketBytes.set16(segment, 6, random.nextInt(65_536));
        segment[12] = 6 << 4;
        segment[13] = 2;
        PacketBytes.set16(segment, 14, 1024);
        PacketBytes.set16(segment, 20, 0x0204);
        PacketBytes.set16(segment, 22, 1460);
        IpAddress source = IpAddress.ofIpv4(0x0B00_0000 | random.nextInt(1 << 24));
        byte[] pseudo = PacketBytes.pseudoHeader(source, SERVER, PacketBytes.TCP, segment.length);
        PacketBytes.set16(segment, 16, PacketBytes.checksum(pseudo, segment));
        return PacketBytes.ip(source, SERVER, PacketBytes.TCP, segment);
    }
}
