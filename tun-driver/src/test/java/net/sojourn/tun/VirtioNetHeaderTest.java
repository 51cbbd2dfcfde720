package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** virtio 1.2, 5.1.6: the header's octets, both ways. */
class VirtioNetHeaderTest {

    private final VirtioNetHeader header = new VirtioNetHeader();

    /** Octets as Linux 6.18 wrote them before a TSO packet and others after; packets of 4,000 octets. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "plain packet,                    00000000000000000000, true,  false, 0",
        "checksum already seen to,        02000000000000000000, true,  true,  0",
        "checksum left to us,             01000000000014001000, true,  true,  0",
        "IPv4 train of 1448,              01013400a80514001000, true,  true,  1448",
        "IPv6 train of 1428,              01044800940528001000, true,  true,  1428",
        "train with CWR,                  0181340000051400 1000, true, true,  1280",
        "train of nothing,                01013400000014001000, false, false, 0",
        "UDP fragments never asked for,   01033400a80514001000, false, false, 0",
        "UDP train never asked for,       01053400a80514001000, false, false, 0",
        "unknown type,                    01073400a80514001000, false, false, 0",
        "checksum ends with the packet,   01000000000000009e0f, true,  true,  0",
        "checksum one octet beyond,       01000000000000009f0f, false, false, 0",
        "checksum far beyond,             010000000000ffffffff, false, false, 0",
        "offsets unused without the flag, 000000000000ffffffff, true,  false, 0",
    })
    void isRead(String what, String octets, boolean sound, boolean vouched, int segmentBytes) {
        ByteBuf buffer = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(octets.replace(" ", "")));

        assertEquals(sound, header.check(buffer, 0, 4000), what);

        if (sound) {
            assertEquals(vouched, header.checksumVouched());
            assertEquals(segmentBytes, header.segmentBytes());
        }
    }

    @Test
    void nothingBehindTheHeaderIsUnsound() {
        assertFalse(header.check(Unpooled.wrappedBuffer(new byte[10]), 0, 0));
        assertTrue(header.check(Unpooled.wrappedBuffer(new byte[10]), 0, 1));
    }

    /** Every header of random octets is read or refused, never an exception, and what is read keeps its bounds. */
    @Test
    void randomOctetsAreReadOrRefused() {
        Random random = new Random(7);
        byte[] octets = new byte[10];
        int sound = 0;
        for (int i = 0; i < 100_000; i++) {
            random.nextBytes(octets);
            octets[1] &= (byte) 0x87;
            if (header.check(Unpooled.wrappedBuffer(octets), 0, 1 + random.nextInt(65_535))) {
                sound++;
                assertTrue(header.segmentBytes() >= 0 && header.segmentBytes() <= 65_535);
            }
        }
        assertTrue(sound > 10_000, "only " + sound + " of 100000 were sound");
    }

    @Test
    void plainPacketHasZeros() {
        assertEquals("00000000000000000000", written(ipv4(20, 32, 0, 100), 0, false));
    }

    @Test
    void checksumStartsBehindTheIpHeader() {
        assertEquals("01000000000014001000", written(ipv4(20, 32, 0, 100), 0, true));
        assertEquals("01000000000018001000", written(ipv4(24, 32, 0, 100), 0, true));
        assertEquals("01000000000028001000", written(ipv6(6, 32, 100), 0, true));
    }

    @Test
    void trainSaysHeaderAndSegmentLength() {
        assertEquals("01013400a80514001000", written(ipv4(20, 32, 0, 4000), 1448, true));
        assertEquals("01044800940528001000", written(ipv6(6, 32, 4000), 1428, true));
    }

    /** RFC 3168 6.1.2: CWR belongs on the first segment only. */
    @Test
    void trainWithCwrSaysSo() {
        assertEquals("01813400a80514001000", written(ipv4(20, 32, 0x80, 4000), 1448, true));
    }

    @Test
    void oneSegmentIsNoTrain() {
        assertEquals("01000000000014001000", written(ipv4(20, 32, 0, 1448), 1448, true));
    }

    @Test
    void extensionHeadersAreSkipped() {
        ByteBuf packet = ipv6(60, 0, 8);
        int destinationOptions = packet.writerIndex() - 8;
        packet.setByte(destinationOptions, 6);
        packet.writeBytes(tcp(20, 0, 10));

        assertEquals("01000000000030001000", written(packet, 0, true));
    }

    @Test
    void onlyWholeTcpPacketsAreOffloaded() {
        ByteBuf udp = ipv4(20, 32, 0, 10);
        udp.setByte(udp.readerIndex() + 9, 17);
        assertThrows(IllegalArgumentException.class, () -> written(udp, 0, true));
        ByteBuf short4 = ipv4(20, 20, 0, 0);
        short4.writerIndex(short4.writerIndex() - 1);
        assertThrows(IllegalArgumentException.class, () -> written(short4, 0, true));
        assertThrows(IllegalArgumentException.class, () -> written(ipv6(43, 0, 4), 0, true));
        assertThrows(IllegalArgumentException.class, () -> written(headroom().writeByte(0x45), 0, true));
    }

    /** The packet itself stays as it was. */
    @Test
    void onlyTheHeadroomIsWritten() {
        ByteBuf packet = ipv4(20, 32, 0, 4000);
        byte[] before = ByteBufUtil.getBytes(packet);

        written(packet, 1448, true);

        assertArrayEquals(before, ByteBufUtil.getBytes(packet));
    }

    private static String written(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
        int at = packet.readerIndex();
        VirtioNetHeader.write(packet, at - 10, packet, at, packet.readableBytes(), segmentBytes, checksumPartial);
        return ByteBufUtil.hexDump(packet, at - 10, 10);
    }

    private static ByteBuf headroom() {
        return Unpooled.buffer().writeLong(-1).writeShort(-1).readerIndex(10);
    }

    private static ByteBuf ipv4(int ipBytes, int tcpBytes, int tcpFlags, int textBytes) {
        ByteBuf packet = headroom()
                .writeByte(0x40 | ipBytes / 4)
                .writeZero(8)
                .writeByte(6)
                .writeZero(ipBytes - 10);
        return packet.writeBytes(tcp(tcpBytes, tcpFlags, textBytes));
    }

    private static ByteBuf ipv6(int nextHeader, int tcpBytes, int textBytes) {
        ByteBuf packet =
                headroom().writeByte(0x60).writeZero(5).writeByte(nextHeader).writeZero(33);
        return tcpBytes == 0 ? packet.writeZero(textBytes) : packet.writeBytes(tcp(tcpBytes, 0, textBytes));
    }

    private static ByteBuf tcp(int headerBytes, int flags, int textBytes) {
        return Unpooled.buffer()
                .writeZero(12)
                .writeByte(headerBytes / 4 << 4)
                .writeByte(flags)
                .writeZero(headerBytes - 14 + textBytes);
    }
}
