package net.sojourn.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The other end of every measurement, in a process of its own: a kernel socket that sends or reads as fast as it can.
 * Arguments: WAY ADDRESS WARM-UP-SECONDS SECONDS. Prints {@link #RESULT} and Mbit/s of text, without headers.
 */
final class BulkDriver {

    static final String RESULT = Arena.RESULT;

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final double NANOS_PER_SECOND = 1e9;

    private BulkDriver() {}

    public static void main(String[] arguments) throws IOException {
        Way way = Way.valueOf(arguments[0]);
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(arguments[1], way.port))) {
            run(channel, way, Double.parseDouble(arguments[2]));
            System.out.println(RESULT + run(channel, way, Double.parseDouble(arguments[3])));
        }
    }

    /** Octets over the time they really took, so that the last, blocking call makes no difference. */
    private static double run(SocketChannel channel, Way way, double seconds) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long start = System.nanoTime();
        long bytes = 0;
        double elapsed = 0;
        while (elapsed < seconds) {
            buffer.clear();
            int n = way == Way.RECEIVE ? channel.write(buffer) : channel.read(buffer);
            if (n < 0) {
                throw new IOException("the measured stack closed the connection after " + bytes + " octets");
            }
            bytes += n;
            elapsed = (System.nanoTime() - start) / NANOS_PER_SECOND;
        }
        return bytes * 8 / 1e6 / elapsed;
    }
}
