package net.sojourn.dns.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/**
 * Sends one message and waits for its answer, blocking. Each exchange has its own socket, bound to the given local
 * address: a connection kept over a move would hang. Any thread. RFC 1035 4.2, RFC 7766.
 */
public final class DnsExchange {

    /** A message over this goes by TCP: ours carry no EDNS. RFC 1035 2.3.4. */
    private static final int MAX_UDP_BYTES = 512;

    private static final int MAX_MESSAGE_BYTES = 65535;

    private DnsExchange() {}

    /**
     * An answer as it came.
     *
     * @param message parsed from {@code octets}
     */
    public record Answer(Message message, byte[] octets) {}

    /**
     * @param localAddress the address to send from; empty leaves it to the kernel. Ignored if of the other family.
     * @param request a whole message, signed if at all
     * @throws SocketTimeoutException if no matching answer came within {@code timeout}
     * @throws IOException if the server is unreachable or what it sends is no DNS message
     */
    public static Answer ask(
            InetSocketAddress server,
            Optional<InetAddress> localAddress,
            Transport transport,
            byte[] request,
            Duration timeout)
            throws IOException {
        if (server.isUnresolved()) {
            throw new IOException("server " + server.getHostString() + " has no known address");
        }
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        InetSocketAddress local = local(server, localAddress);
        if (transport == Transport.UDP && request.length <= MAX_UDP_BYTES) {
            Answer answer = askByUdp(server, local, request, deadlineNanos);
            if (!answer.message().getHeader().getFlag(Flags.TC)) {
                return answer;
            }
        }
        return askByTcp(server, local, request, deadlineNanos);
    }

    private static InetSocketAddress local(InetSocketAddress server, Optional<InetAddress> localAddress) {
        return localAddress
                .filter(address -> address.getClass() == server.getAddress().getClass())
                .map(address -> new InetSocketAddress(address, 0))
                .orElse(new InetSocketAddress(0));
    }

    private static Answer askByUdp(InetSocketAddress server, InetSocketAddress local, byte[] request, long deadline)
            throws IOException {
        try (DatagramSocket socket = new DatagramSocket(local)) {
            // Connected, so that an ICMP error is noticed and datagrams of others are not.
            socket.connect(server);
            socket.send(new DatagramPacket(request, request.length));
            DatagramPacket packet = new DatagramPacket(new byte[MAX_MESSAGE_BYTES], MAX_MESSAGE_BYTES);
            while (true) {
                socket.setSoTimeout(millisUntil(deadline));
                packet.setLength(MAX_MESSAGE_BYTES);
                socket.receive(packet);
                byte[] octets = Arrays.copyOf(packet.getData(), packet.getLength());
                // A datagram with another ID is a late or forged one: it must not end the wait.
                if (isAnswerTo(request, octets)) {
                    return parsed(octets);
                }
            }
        }
    }

    private static Answer askByTcp(InetSocketAddress server, InetSocketAddress local, byte[] request, long deadline)
            throws IOException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.bind(local);
            socket.connect(server, millisUntil(deadline));
            byte[] framed = new byte[request.length + 2];
            framed[0] = (byte) (request.length >>> 8);
            framed[1] = (byte) request.length;
            System.arraycopy(request, 0, framed, 2, request.length);
            OutputStream out = socket.getOutputStream();
            out.write(framed);
            out.flush();
            // A server that trickles octets can exceed the deadline by one wait for each, which is no worse than
            // silence.
            DataInputStream in = new DataInputStream(socket.getInputStream());
            socket.setSoTimeout(millisUntil(deadline));
            byte[] octets = new byte[in.readUnsignedShort()];
            socket.setSoTimeout(millisUntil(deadline));
            in.readFully(octets);
            if (!isAnswerTo(request, octets)) {
                throw new IOException(server + " sent an answer to another question");
            }
            return parsed(octets);
        }
    }

    private static boolean isAnswerTo(byte[] request, byte[] octets) {
        return octets.length >= 12 && octets[0] == request[0] && octets[1] == request[1] && (octets[2] & 0x80) != 0;
    }

    private static Answer parsed(byte[] octets) throws IOException {
        try {
            return new Answer(new Message(octets), octets);
        } catch (RuntimeException e) {
            throw new IOException("the answer is no DNS message", e);
        }
    }

    private static int millisUntil(long deadlineNanos) throws SocketTimeoutException {
        long millis = (deadlineNanos - System.nanoTime() + 999_999) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }
}
