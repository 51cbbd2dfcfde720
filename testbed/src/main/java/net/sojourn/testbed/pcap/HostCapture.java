package net.sojourn.testbed.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import net.sojourn.testbed.netns.Host;
import net.sojourn.tun.pcap.PcapWriter;
import net.sojourn.tun.pcap.PcapWriter.PacketDirection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures the IP packets of all devices of a host, those that come later included, with the kernel's time stamps. The
 * super-packets of a device with segmentation offload appear whole. A thread of its own; the writer stays the caller's
 * to close.
 */
public final class HostCapture implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostCapture.class);
    private static final int LARGEST_PACKET_BYTES = 1 << 16;

    private final PacketSocket socket;
    private final PcapWriter writer;
    private final Set<String> leftOut;
    private final Map<Integer, Integer> interfaceNumbers = new HashMap<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean closed;
    private volatile long missedAtClose;

    private HostCapture(PacketSocket socket, PcapWriter writer, Set<String> leftOut, String name) {
        this.socket = socket;
        this.writer = writer;
        this.leftOut = leftOut;
        thread = new Thread(this::run, "capture-" + name);
        thread.setDaemon(true);
    }

    /** Starts capturing; packets from the return of this call on are seen. @param leftOut devices not captured */
    public static HostCapture start(Host host, PcapWriter writer, Set<String> leftOut) throws IOException {
        PacketSocket socket = host.call(PacketSocket::open);
        HostCapture capture = new HostCapture(socket, writer, Set.copyOf(leftOut), host.name());
        capture.thread.start();
        return capture;
    }

    /** Packets that were missed because the capture was too slow. */
    public long missed() throws IOException {
        return closed ? missedAtClose : socket.missed();
    }

    private void run() {
        ByteBuffer packet = ByteBuffer.allocate(LARGEST_PACKET_BYTES);
        try {
            while (!stopping) {
                if (!socket.receive(packet)) {
                    writer.flush();
                    continue;
                }
                int number = interfaceNumber(socket.interfaceIndex());
                if (number >= 0) {
                    PacketDirection direction =
                            socket.isOutgoing() ? PacketDirection.OUTBOUND : PacketDirection.INBOUND;
                    writer.write(number, socket.epochNanos(), packet, socket.originalBytes(), direction);
                }
            }
        } catch (IOException e) {
            LOG.error("{} ends: {}", thread.getName(), e.getMessage());
        }
    }

    /** The number in the file, or -1 if the device is left out. */
    private int interfaceNumber(int index) throws IOException {
        Integer known = interfaceNumbers.get(index);
        if (known != null) {
            return known;
        }
        String name = socket.interfaceName(index);
        int number = leftOut.contains(name) ? -1 : writer.addInterface(name);
        interfaceNumbers.put(index, number);
        return number;
    }

    /** Stops; what was seen before is in the writer. A second call does nothing. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while stopping a capture", e);
        }
        missedAtClose = socket.missed();
        closed = true;
        socket.close();
        writer.flush();
    }
}
