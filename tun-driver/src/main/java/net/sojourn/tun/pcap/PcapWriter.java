package net.sojourn.tun.pcap;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a pcapng file (draft-ietf-opsawg-pcapng) of bare IP packets: link type RAW (101), times in nanoseconds, several
 * interfaces, the direction of each packet. Thread-safe; a packet is in the file at the latest when the writer is
 * flushed or closed.
 *
 * <pre>
 * block: type 4 | total length 4 | body | padding to 4 | total length 4      (little endian here)
 *   section header 0x0A0D0D0A: magic 1A2B3C4D | version 1.0 | section length unknown
 *   interface      1: link type 2 | 0 | snap length 4 | options
 *   packet         6: interface 4 | time high 4 | time low 4 | captured 4 | original 4 | octets | options
 * </pre>
 */
public final class PcapWriter implements AutoCloseable {

    /** Which way a packet went at the interface it was seen at. */
    public enum PacketDirection {
        UNKNOWN,
        INBOUND,
        OUTBOUND
    }

    /** Keeps whole packets. */
    public static final int WHOLE_PACKETS = 262_144;

    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final short LINKTYPE_RAW = 101;
    private static final short OPTION_END = 0;
    private static final short OPTION_IF_NAME = 2;
    private static final short OPTION_IF_TSRESOL = 9;
    private static final short OPTION_EPB_FLAGS = 2;
    private static final short OPTION_SHB_USERAPPL = 4;
    private static final byte NANOSECONDS = 9;
    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;
    private final int snapBytes;
    private int interfaces;
    private long packets;
    private boolean closed;

    private PcapWriter(OutputStream out, int snapBytes) {
        this.out = out;
        this.snapBytes = snapBytes;
    }

    /**
     * Makes the file, or empties it.
     *
     * @param snapBytes octets kept of each packet; {@link #WHOLE_PACKETS}, or some 128 for headers only
     */
    public static PcapWriter create(Path file, int snapBytes) throws IOException {
        PcapWriter writer =
                new PcapWriter(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES), snapBytes);
        writer.writeSectionHeader();
        return writer;
    }

    /** Adds an interface and returns its number, for {@link #write}. */
    public synchronized int addInterface(String name) throws IOException {
        ByteBuffer body = body(64 + name.length() * 4);
        body.putShort(LINKTYPE_RAW).putShort((short) 0).putInt(snapBytes);
        putOption(body, OPTION_IF_NAME, name.getBytes(StandardCharsets.UTF_8));
        putOption(body, OPTION_IF_TSRESOL, new byte[] {NANOSECONDS});
        putOption(body, OPTION_END, new byte[0]);
        writeBlock(INTERFACE_DESCRIPTION, body);
        return interfaces++;
    }

    /**
     * Adds a packet, or does nothing once the writer is closed.
     *
     * @param epochNanos when it was seen, nanoseconds since 1970
     * @param packet its octets from position to limit, fewer than {@code originalBytes} if they were cut; left as it is
     */
    public synchronized void write(
            int interfaceNumber, long epochNanos, ByteBuffer packet, int originalBytes, PacketDirection direction)
            throws IOException {
        if (closed) {
            return;
        }
        int kept = Math.min(packet.remaining(), snapBytes);
        ByteBuffer body = body(kept + 64);
        body.putInt(interfaceNumber).putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
        body.putInt(kept).putInt(originalBytes);
        body.put(packet.slice(packet.position(), kept));
        pad(body);
        ByteBuffer flags = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, direction.ordinal());
        putOption(body, OPTION_EPB_FLAGS, flags.array());
        putOption(body, OPTION_END, new byte[0]);
        writeBlock(ENHANCED_PACKET, body);
        packets++;
    }

    /** How many packets have been written. */
    public synchronized long packets() {
        return packets;
    }

    public synchronized void flush() throws IOException {
        if (!closed) {
            out.flush();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        out.close();
    }

    private void writeSectionHeader() throws IOException {
        ByteBuffer body = body(64);
        body.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        putOption(body, OPTION_SHB_USERAPPL, "Sojourn testbed".getBytes(StandardCharsets.UTF_8));
        putOption(body, OPTION_END, new byte[0]);
        writeBlock(SECTION_HEADER, body);
    }

    private void writeBlock(int type, ByteBuffer body) throws IOException {
        int total = body.position() + 12;
        ByteBuffer frame = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(frame.putInt(type).putInt(total).array());
        out.write(body.array(), 0, body.position());
        out.write(frame.putInt(0, total).array(), 0, 4);
    }

    private static ByteBuffer body(int capacity) {
        return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void putOption(ByteBuffer body, short code, byte[] value) {
        body.putShort(code).putShort((short) value.length).put(value);
        pad(body);
    }

    private static void pad(ByteBuffer body) {
        while (body.position() % 4 != 0) {
            body.put((byte) 0);
        }
    }
}
