package net.sojourn.dns.transport;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import net.sojourn.dns.transport.AnswerFilter.Fit;
import org.jspecify.annotations.Nullable;

/**
 * Real sockets. Each exchange opens its own and closes it: a random port for UDP, and no TCP connection is used again,
 * since one opened before a move hangs until its time-out. Any thread; holds no state. RFC 1035 4.2.
 */
public final class SocketTransport implements DnsTransport {

    private static final long GRACE_NANOS = Duration.ofMillis(250).toNanos();
    private static final int MAX_MESSAGE_BYTES = 65_535;

    @Override
    public byte[] exchange(byte[] query, Target target, Duration timeout, AnswerFilter filter) throws IOException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        try {
            return target.protocol() == Protocol.UDP
                    ? byUdp(query, target, deadlineNanos, filter)
                    : byTcp(query, target, deadlineNanos, filter);
        } catch (PortUnreachableException | ConnectException e) {
            throw new ConnectException("nobody listens at " + target + " (is the name server running there?)");
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("no answer from " + target + " within " + timeout.toMillis() + " ms");
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(target + ": " + e.getMessage(), e);
        }
    }

    private static byte[] byUdp(byte[] query, Target target, long deadlineNanos, AnswerFilter filter)
            throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(family(target.server()));
                Selector selector = Selector.open()) {
            bindUdp(channel, target);
            channel.connect(target.server());
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            channel.write(ByteBuffer.wrap(query));
            return awaitDatagram(channel, selector, query, deadlineNanos, filter);
        }
    }

    private static void bindUdp(DatagramChannel channel, Target target) throws IOException {
        if (target.localAddress().isPresent()) {
            channel.bind(new InetSocketAddress(target.localAddress().get(), 0));
        }
    }

    private static byte[] awaitDatagram(
            DatagramChannel channel, Selector selector, byte[] query, long deadlineNanos, AnswerFilter filter)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_MESSAGE_BYTES);
        byte @Nullable [] lastResort = null;
        long endNanos = deadlineNanos;
        while (ready(selector, endNanos)) {
            buffer.clear();
            if (channel.read(buffer) <= 0) {
                continue;
            }
            byte[] answer = octets(buffer.flip());
            Fit fit = answersTo(query, answer) ? filter.fit(answer) : Fit.SKIP;
            if (fit == Fit.TAKE) {
                return answer;
            }
            if (fit == Fit.LAST_RESORT && lastResort == null) {
                lastResort = answer;
                endNanos = Math.min(deadlineNanos, System.nanoTime() + GRACE_NANOS);
            }
        }
        if (lastResort == null) {
            throw new SocketTimeoutException();
        }
        return lastResort;
    }

    private static byte[] byTcp(byte[] query, Target target, long deadlineNanos, AnswerFilter filter)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open();
                Selector selector = Selector.open()) {
            if (target.localAddress().isPresent()) {
                channel.bind(new InetSocketAddress(target.localAddress().get(), 0));
            }
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            channel.connect(target.server());
            while (!channel.finishConnect()) {
                readyOrTimedOut(selector, deadlineNanos);
            }
            key.interestOps(SelectionKey.OP_WRITE);
            ByteBuffer out = ByteBuffer.allocate(2 + query.length);
            out.putShort((short) query.length).put(query).flip();
            while (out.hasRemaining()) {
                readyOrTimedOut(selector, deadlineNanos);
                channel.write(out);
            }
            key.interestOps(SelectionKey.OP_READ);
            int lengthBytes = Short.toUnsignedInt(
                    read(channel, selector, 2, deadlineNanos).getShort());
            byte[] answer = octets(read(channel, selector, lengthBytes, deadlineNanos));
            if (!answersTo(query, answer) || filter.fit(answer) == Fit.SKIP) {
                throw new IOException("the answer does not belong to the question");
            }
            return answer;
        }
    }

    private static ByteBuffer read(SocketChannel channel, Selector selector, int lengthBytes, long deadlineNanos)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(lengthBytes);
        while (buffer.hasRemaining()) {
            readyOrTimedOut(selector, deadlineNanos);
            if (channel.read(buffer) < 0) {
                throw new IOException("the server closed the connection without an answer");
            }
        }
        return buffer.flip();
    }

    private static void readyOrTimedOut(Selector selector, long deadlineNanos) throws IOException {
        if (!ready(selector, deadlineNanos)) {
            throw new SocketTimeoutException();
        }
    }

    /** False when the deadline has passed. */
    private static boolean ready(Selector selector, long deadlineNanos) throws IOException {
        while (true) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                return false;
            }
            int keys = selector.select(Math.max(1, leftNanos / 1_000_000));
            if (Thread.interrupted()) {
                throw new InterruptedIOException("abandoned");
            }
            if (keys > 0) {
                selector.selectedKeys().clear();
                return true;
            }
        }
    }

    private static boolean answersTo(byte[] query, byte[] answer) {
        return answer.length >= 12 && answer[0] == query[0] && answer[1] == query[1] && (answer[2] & 0x80) != 0;
    }

    private static byte[] octets(ByteBuffer buffer) {
        byte[] octets = new byte[buffer.remaining()];
        buffer.get(octets);
        return octets;
    }

    private static StandardProtocolFamily family(InetSocketAddress server) {
        return server.getAddress() instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }
}
