package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole stack on the port, against the kernel's own TCP: trains of segments both ways, checksums of both. */
@Timeout(120)
class TunStackIT {

    private static final int PORT = 7000;

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private RecordingPort open(boolean offload) throws IOException {
        TunPort port = namespace.call(
                () -> TunPort.open(TunSettings.named("sj0").offload(offload).mtuBytes(1500)));
        namespace.ip("addr add 10.99.0.1/24 dev sj0");
        namespace.ip("addr add fd99::1/64 dev sj0 nodad");
        return new RecordingPort(port);
    }

    private static NetworkStack stackOn(PacketPort port) {
        return NetworkStack.builder(port)
                .address(IpAddress.parse("10.99.0.2"))
                .address(IpAddress.parse("fd99::2"))
                .start();
    }

    @ParameterizedTest
    @CsvSource({"true, 10.99.0.2", "true, fd99::2", "false, 10.99.0.2", "false, fd99::2"})
    void kernelSends(boolean offload, String address) throws Exception {
        byte[] text = text(offload);
        RecordingPort port = open(offload);
        try (NetworkStack stack = stackOn(port);
                TcpListener listener = stack.listen(null, PORT, 1);
                Socket kernel = namespace.call(() -> new Socket(address, PORT));
                TcpConnection connection = listener.accept(5_000)) {
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                try {
                    kernel.getOutputStream().write(text);
                    kernel.shutdownOutput();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            byte[] received = new byte[text.length];
            int length = 0;
            for (int n = 1; length < text.length && n > 0; length += n) {
                n = connection.read(received, length, text.length - length);
            }
            sender.join();
            assertArrayEquals(text, received);
            assertEquals(0, stack.count(DropReason.TCP_CHECKSUM));
        }
        assertEquals(offload, port.trainsIn.get() > 0, port.trainsIn + " trains");
        assertEquals(offload, port.largestIn.get() > 1500, port.largestIn + " octets");
        assertEquals(0, port.unsoundIn.get());
    }

    @ParameterizedTest
    @CsvSource({"true, 10.99.0.1", "true, fd99::1", "false, 10.99.0.1", "false, fd99::1"})
    void stackSends(boolean offload, String address) throws Exception {
        byte[] text = text(offload);
        RecordingPort port = open(offload);
        try (NetworkStack stack = stackOn(port);
                ServerSocket server = namespace.call(() -> new ServerSocket(PORT))) {
            CompletableFuture<byte[]> receiver = CompletableFuture.supplyAsync(() -> {
                try (Socket kernel = server.accept()) {
                    return new DataInputStream(kernel.getInputStream()).readNBytes(text.length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (TcpConnection connection = stack.connect(new InetSocketAddress(address, PORT), 5_000)) {
                connection.write(text, 0, text.length);
                connection.shutdownOutput();
                assertArrayEquals(text, receiver.join());
            }
        }
        assertEquals(offload, port.trainsOut.get() > 0, port.trainsOut + " trains");
        assertEquals(offload, port.largestOut.get() > 1500, port.largestOut + " octets");
        String counts = namespace.inside("cat", "/proc/net/snmp");
        assertEquals("0", snmp(counts, "Tcp:", "InCsumErrors"), counts);
    }

    @Test
    void kernelPingsTheStack() throws Exception {
        try (NetworkStack stack = stackOn(open(true))) {
            assertEquals(2, stack.addresses().size());
            for (String address : new String[] {"10.99.0.2", "fd99::2"}) {
                // With -w it waits for answers that a busy machine gives late.
                String output = namespace.inside("ping", "-c", "3", "-i", "0.2", "-s", "1400", "-w", "10", address);
                assertTrue(output.contains(" 3 received"), output);
            }
        }
    }

    /** Leak detection takes its time for each packet, so less where a packet is only one segment. */
    private static byte[] text(boolean offload) {
        byte[] text = new byte[offload ? 16 << 20 : 2 << 20];
        new Random(11).nextBytes(text);
        return text;
    }

    private static String snmp(String file, String group, String name) {
        String[][] lines = file.lines()
                .filter(line -> line.startsWith(group))
                .map(line -> line.split(" ", -1))
                .toArray(String[][]::new);
        return lines[1][Arrays.asList(lines[0]).indexOf(name)];
    }

    /** Notes what passes the port below. */
    private static final class RecordingPort extends ForwardingPort {

        private final AtomicInteger trainsIn = new AtomicInteger();
        private final AtomicInteger trainsOut = new AtomicInteger();
        private final AtomicInteger largestIn = new AtomicInteger();
        private final AtomicInteger largestOut = new AtomicInteger();
        private final AtomicInteger unsoundIn = new AtomicInteger();

        RecordingPort(TunPort port) {
            super(port);
        }

        @Override
        public int receive(PacketSink sink, int budget) throws IOException {
            return port.receive(
                    (packet, vouched, segmentBytes) -> {
                        int length = packet.readableBytes();
                        largestIn.accumulateAndGet(length, Math::max);
                        if (segmentBytes > 0) {
                            trainsIn.incrementAndGet();
                        }
                        // With offload the kernel leaves its own checksums to us; a train is longer than its segments.
                        boolean sound = segmentBytes == 0 || vouched && segmentBytes <= 1460 && length > segmentBytes;
                        unsoundIn.addAndGet(sound ? 0 : 1);
                        sink.packetArrives(packet, vouched, segmentBytes);
                    },
                    budget);
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) throws IOException {
            largestOut.accumulateAndGet(packet.readableBytes(), Math::max);
            if (segmentBytes > 0 && packet.readableBytes() > port.mtuBytes()) {
                trainsOut.incrementAndGet();
            }
            return port.transmit(packet, segmentBytes, checksumPartial);
        }
    }
}
