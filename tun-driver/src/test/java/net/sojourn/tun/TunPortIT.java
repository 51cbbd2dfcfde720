package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.SystemCallException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets to and from the real kernel, one at a time. */
@Timeout(60)
class TunPortIT {

    private static final byte[] HOST = {10, 99, 0, 1};
    private static final byte[] STACK = {10, 99, 0, 2};
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private TunPort open(TunSettings settings) throws IOException {
        TunPort port = namespace.call(() -> TunPort.open(settings));
        namespace.ip("addr add 10.99.0.1/24 dev " + settings.name());
        return port;
    }

    /** How the stack may hand a packet over. */
    enum Shape {
        DIRECT,
        HEAP,
        READ_ONLY,
        COMPOSITE;

        ByteBuf packet(byte[] octets, int headroomBytes) {
            ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer(headroomBytes + octets.length);
            direct.writeZero(headroomBytes).writeBytes(octets).readerIndex(headroomBytes);
            switch (this) {
                case DIRECT -> {
                    return direct;
                }
                case READ_ONLY -> {
                    return direct.asReadOnly();
                }
                case HEAP -> {
                    direct.release();
                    ByteBuf heap = PooledByteBufAllocator.DEFAULT.heapBuffer(headroomBytes + octets.length);
                    return heap.writeZero(headroomBytes).writeBytes(octets).readerIndex(headroomBytes);
                }
                case COMPOSITE -> {
                    int half = headroomBytes + octets.length / 2;
                    ByteBuf first = direct.retainedSlice(0, half);
                    ByteBuf second = direct.slice(half, direct.writerIndex() - half);
                    return PooledByteBufAllocator.DEFAULT
                            .compositeBuffer()
                            .addComponents(true, first, second)
                            .readerIndex(headroomBytes);
                }
            }
            throw new AssertionError(this);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "true, DIRECT",
        "true, HEAP",
        "true, READ_ONLY",
        "true, COMPOSITE",
        "false, DIRECT",
        "false, HEAP",
        "false, READ_ONLY",
        "false, COMPOSITE"
    })
    void kernelAnswersAPing(boolean offload, Shape shape) throws IOException {
        try (TunPort port = open(TunSettings.named("sj0").offload(offload))) {
            byte[] request = echo(8, STACK, HOST, 1000);
            ByteBuf packet = shape.packet(request, port.headroomBytes());

            assertTrue(port.transmit(packet, 0, false));

            assertEquals(0, packet.refCnt());
            byte[] reply = receiveIcmp(port);
            assertEquals(request.length, reply.length);
            assertArrayEquals(HOST, Arrays.copyOfRange(reply, 12, 16));
            assertEquals(0, reply[20], "an echo reply");
            assertEquals(0, Checksum.complement(Checksum.sum(Unpooled.wrappedBuffer(reply), 20, reply.length - 20)));
            assertArrayEquals(
                    Arrays.copyOfRange(request, 24, request.length), Arrays.copyOfRange(reply, 24, reply.length));
        }
    }

    /** No more than the budget; the rest waits. */
    @Test
    void budgetBoundsWhatIsReceived() throws IOException {
        try (TunPort port = open(TunSettings.named("sj0"))) {
            for (int i = 0; i < 5; i++) {
                ByteBuf packet = Shape.DIRECT.packet(echo(8, STACK, HOST, 100), port.headroomBytes());
                assertTrue(port.transmit(packet, 0, false));
            }
            int[] seen = new int[1];
            assertEquals(2, port.receive((packet, vouched, segmentBytes) -> seen[0]++, 2));
            assertEquals(3, port.receive((packet, vouched, segmentBytes) -> seen[0]++, 64));
            assertEquals(0, port.receive((packet, vouched, segmentBytes) -> seen[0]++, 64));
            assertEquals(5, seen[0]);
        }
    }

    @Test
    void sizesFollowOffloadAndMtu() throws IOException {
        try (TunPort port = open(TunSettings.named("sj0").mtuBytes(1400))) {
            assertEquals(1400, port.mtuBytes());
            assertEquals(65_535, port.maxPacketBytes());
            assertEquals(10, port.headroomBytes());
            assertTrue(port.offloadsChecksum());
            namespace.ip("link set sj0 mtu 1300");
            port.mtuChanges();
            assertEquals(1300, port.mtuBytes());
        }
        try (TunPort port = open(TunSettings.named("sj0").offload(false))) {
            assertEquals(1500, port.mtuBytes());
            assertEquals(1500, port.maxPacketBytes());
            assertEquals(0, port.headroomBytes());
            assertFalse(port.offloadsChecksum());
        }
    }

    @Test
    void offloadThatWasNotOpenedIsRefusedAndThePacketReleased() throws IOException {
        try (TunPort port = open(TunSettings.named("sj0").offload(false))) {
            ByteBuf packet = Shape.DIRECT.packet(new byte[40], 0);
            assertThrows(IllegalArgumentException.class, () -> port.transmit(packet, 0, true));
            assertEquals(0, packet.refCnt());
        }
    }

    /** A device that is down is a wire that is cut: it may be mended. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void downLosesPacketsAndComesUpAgain(boolean offload) throws IOException {
        try (TunPort port = open(TunSettings.named("sj0").offload(offload))) {
            namespace.ip("link set sj0 down");

            ByteBuf lost = Shape.DIRECT.packet(echo(8, STACK, HOST, 100), port.headroomBytes());
            assertFalse(port.transmit(lost, 0, false));
            assertEquals(0, lost.refCnt());
            assertEquals(1, port.lostWhileDown());
            assertEquals(0, port.receive((packet, vouched, segmentBytes) -> {}, 64));
            long start = System.nanoTime();
            port.await(100_000_000);
            assertTrue(System.nanoTime() - start >= 100_000_000, "a device that is down must not keep the loop busy");

            namespace.ip("link set sj0 up");
            port.transmit(Shape.DIRECT.packet(echo(8, STACK, HOST, 100), port.headroomBytes()), 0, false);
            assertEquals(120 + 8, receiveIcmp(port).length);
        }
    }

    @Test
    void deletedDeviceIsAnError() throws IOException {
        try (TunPort port = open(TunSettings.named("sj0"))) {
            namespace.ip("link del sj0");
            port.await(1_000_000_000);
            SystemCallException gone = assertThrows(
                    SystemCallException.class, () -> port.receive((packet, vouched, segmentBytes) -> {}, 1));
            assertTrue(gone.is(Errno.EBADFD), gone.getMessage());
            assertTrue(gone.toString().contains("Somebody deleted it"), gone.getMessage());
        }
    }

    @Test
    void closedPortRefuses() throws IOException {
        TunPort port = open(TunSettings.named("sj0"));
        port.close();
        port.close();
        port.wakeUp();
        assertThrows(ClosedChannelException.class, () -> port.receive((packet, vouched, segmentBytes) -> {}, 1));
        ByteBuf packet = Shape.DIRECT.packet(echo(8, STACK, HOST, 100), 10);
        assertFalse(port.transmit(packet, 0, false));
        assertEquals(0, packet.refCnt());
        assertFalse(namespace.hasDevice("sj0"));
    }

    /** The sink may close the port in the middle of a batch, as a stack that fails does. */
    @Test
    void sinkMayCloseThePort() throws IOException {
        TunPort port = open(TunSettings.named("sj0"));
        for (int i = 0; i < 3; i++) {
            port.transmit(Shape.DIRECT.packet(echo(8, STACK, HOST, 100), 10), 0, false);
        }
        assertEquals(1, port.receive((packet, vouched, segmentBytes) -> port.close(), 64));
        assertFalse(namespace.hasDevice("sj0"));
    }

    /** Once warm, sending, waiting and receiving allocate nothing on the heap. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsAllocatedForAPacket(boolean offload) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] request = echo(8, STACK, HOST, 100);
        int[] replies = new int[1];
        PacketSink sink = (packet, vouched, segmentBytes) -> replies[0]++;
        try (TunPort port = open(TunSettings.named("sj0").offload(offload))) {
            ByteBuffer memory = ByteBuffer.allocateDirect(port.headroomBytes() + request.length);
            ByteBuf packet = Unpooled.wrappedBuffer(memory.put(port.headroomBytes(), request))
                    .readerIndex(port.headroomBytes());
            long allocatedBytes = 0;
            int rounds = 20_000;
            for (int pass = 0; pass < 3; pass++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < rounds; i++) {
                    port.transmit(packet.retain(), 0, false);
                    port.await(1_000_000);
                    port.receive(sink, 64);
                }
                allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;
            }
            // The compiler may still be at work in the last pass: well below one object for a packet.
            assertTrue(allocatedBytes < rounds, allocatedBytes + " octets for " + rounds + " packets");
            assertTrue(replies[0] > 2 * rounds, replies[0] + " replies");
        }
    }

    @Test
    void noDescriptorIsLeaked() throws IOException {
        namespace.call(() -> {
            TunPort.open(TunSettings.named("sj0")).close();
            long before = OpenFiles.count();
            try (TunPort open = TunPort.open(TunSettings.named("sj0"))) {
                assertEquals(before + 3, OpenFiles.count(), open + ": device, control socket, eventfd");
            }
            for (int i = 0; i < 200; i++) {
                TunPort.open(TunSettings.named("sj0").offload(i % 2 == 0)).close();
            }
            assertEquals(before, OpenFiles.count());
            return before;
        });
    }

    private static byte[] receiveIcmp(TunPort port) throws IOException {
        byte[][] found = new byte[1][];
        long start = System.nanoTime();
        while (found[0] == null && System.nanoTime() - start < PATIENCE_NANOS) {
            port.await(100_000_000);
            port.receive(
                    (packet, vouched, segmentBytes) -> {
                        int at = packet.readerIndex();
                        if (packet.getByte(at) >>> 4 == 4 && packet.getByte(at + 9) == 1) {
                            found[0] = ByteBufUtil.getBytes(packet);
                        }
                    },
                    64);
        }
        assertTrue(found[0] != null, "no answer within 5 s");
        return found[0];
    }

    /** An ICMP echo (RFC 792) in IPv4. */
    private static byte[] echo(int type, byte[] source, byte[] destination, int textBytes) {
        ByteBuf packet = Unpooled.buffer()
                .writeShort(0x4500)
                .writeShort(28 + textBytes)
                .writeInt(0x0001_4000)
                .writeByte(64)
                .writeByte(1)
                .writeShort(0)
                .writeBytes(source)
                .writeBytes(destination)
                .writeShort(type << 8)
                .writeShort(0)
                .writeInt(0x0007_0001);
        for (int i = 0; i < textBytes; i++) {
            packet.writeByte(i);
        }
        packet.setShort(10, Checksum.complement(Checksum.sum(packet, 0, 20)));
        packet.setShort(22, Checksum.complement(Checksum.sum(packet, 20, packet.writerIndex() - 20)));
        return ByteBufUtil.getBytes(packet);
    }
}
