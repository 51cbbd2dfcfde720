package net.sojourn.testbed.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.tun.pcap.PcapPort;
import net.sojourn.tun.pcap.PcapWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures are read back with Wireshark's own tshark. Needs root and tshark. */
@Timeout(120)
class HostCaptureIT {

    @TempDir
    private Path directory;

    @Test
    void captureOfAHostHasAllDevicesAndDirections() throws IOException {
        Path file = directory.resolve("a.pcapng");
        try (TestNetwork network = TestNetwork.create()) {
            Host a = network.host("a");
            Host b = network.host("b");
            try (PcapWriter writer = PcapWriter.create(file, PcapWriter.WHOLE_PACKETS);
                    HostCapture capture = HostCapture.start(a, writer, Set.of("lo"))) {
                // Both devices come after the capture began.
                network.cable(a, "eth0", b, "eth0");
                LinkSettings settings = LinkSettings.parse("delay=10ms");
                network.link(a, "tun0", b, "tun0", settings, settings, 1);
                a.address("eth0", Cidr.parse("10.0.0.1/24")).address("tun0", Cidr.parse("2001:db8::1/64"));
                b.address("eth0", Cidr.parse("10.0.0.2/24")).address("tun0", Cidr.parse("2001:db8::2/64"));
                a.run("ping", "-c", "3", "-i", "0.1", "-s", "1000", "10.0.0.2").orFail();
                a.run("ping", "-c", "2", "-i", "0.1", "2001:db8::2").orFail();
                a.run("ping", "-c", "1", "127.0.0.1").orFail();
                capture.close();
                assertEquals(0, capture.missed());
            }
        }
        List<String> echoes = tshark(
                file,
                "icmp or icmpv6.type==128 or icmpv6.type==129",
                "frame.interface_name",
                "frame.packet_flags_direction",
                "ip.src",
                "ipv6.src",
                "frame.len",
                "icmp.checksum.status");
        assertEquals(
                List.of(
                        "eth0|0x00000002|10.0.0.1||1028|1",
                        "eth0|0x00000001|10.0.0.2||1028|1",
                        "eth0|0x00000002|10.0.0.1||1028|1",
                        "eth0|0x00000001|10.0.0.2||1028|1",
                        "eth0|0x00000002|10.0.0.1||1028|1",
                        "eth0|0x00000001|10.0.0.2||1028|1",
                        "tun0|0x00000002||2001:db8::1|104|",
                        "tun0|0x00000001||2001:db8::2|104|",
                        "tun0|0x00000002||2001:db8::1|104|",
                        "tun0|0x00000001||2001:db8::2|104|"),
                echoes);
        List<String> times = tshark(file, "icmpv6.type==128 or icmpv6.type==129", "frame.time_epoch");
        double rtt = Double.parseDouble(times.get(1)) - Double.parseDouble(times.get(0));
        assertTrue(rtt > 0.020 && rtt < 0.025, "time stamps: " + times);
    }

    @Test
    void portIsCapturedBothWaysAndCutToTheSnapLength() throws IOException {
        Path file = directory.resolve("port.pcapng");
        // An echo request, 192.0.2.1 to 192.0.2.2, checksums right.
        byte[] request = HexFormat.of().parseHex("45000020000100004001F6D8C0000201C0000202080051391234000148454C4C");
        try (PcapWriter writer = PcapWriter.create(file, 24);
                PcapPort port = new PcapPort(new Loop(), writer, "sj0")) {
            assertTrue(port.transmit(Unpooled.wrappedBuffer(request), 0, false));
            byte[][] received = new byte[1][];
            int count = port.receive(
                    (packet, vouched, segmentBytes) -> {
                        received[0] = new byte[packet.readableBytes()];
                        packet.getBytes(packet.readerIndex(), received[0]);
                    },
                    8);
            assertEquals(1, count);
            assertTrue(Arrays.equals(request, received[0]));
            assertEquals(2, writer.packets());
        }
        assertEquals(
                List.of("sj0|0x00000002|192.0.2.1|192.0.2.2|32|24", "sj0|0x00000001|192.0.2.1|192.0.2.2|32|24"),
                tshark(
                        file,
                        "ip",
                        "frame.interface_name",
                        "frame.packet_flags_direction",
                        "ip.src",
                        "ip.dst",
                        "frame.len",
                        "frame.cap_len"));
    }

    private static List<String> tshark(Path file, String filter, String... fields) throws IOException {
        ProcessBuilder tshark = new ProcessBuilder("tshark", "-n", "-r", file.toString(), "-Y", filter);
        tshark.command().addAll(List.of("-T", "fields", "-E", "separator=|"));
        for (String field : fields) {
            tshark.command().addAll(List.of("-e", field));
        }
        Process process = tshark.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.onExit().join().exitValue(), "tshark cannot read " + file);
        return lines;
    }

    /** Gives back what it is given. */
    private static final class Loop implements PacketPort {
        private ByteBuf waiting = Unpooled.EMPTY_BUFFER;

        @Override
        public int mtuBytes() {
            return 1500;
        }

        @Override
        public int maxPacketBytes() {
            return 1500;
        }

        @Override
        public boolean offloadsChecksum() {
            return false;
        }

        @Override
        public int headroomBytes() {
            return 0;
        }

        @Override
        public int receive(PacketSink sink, int budget) {
            sink.packetArrives(waiting, false, 0);
            waiting.release();
            return 1;
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
            waiting = packet;
            return true;
        }

        @Override
        public void await(long timeoutNanos) {}

        @Override
        public void wakeUp() {}

        @Override
        public void close() {}
    }
}
