package net.sojourn.testbed.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An authoritative server for one zone in this process, by UDP and TCP: SOA, NS, A, AAAA, TXT and whatever the zone has, and
 * TSIG-signed updates with prerequisites (RFC 1035, 2136, 8945). Enough for a demo; no transfers, no DNSSEC, nothing is kept
 * on disk. Sockets belong to the network namespace of the thread that calls {@link #start}; afterwards any thread.
 */
public final class EmbeddedNameServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedNameServer.class);
    private static final int MAX_DATAGRAM_BYTES = 65_535;
    private static final int TCP_IDLE_MILLIS = 10_000;
    private static final int PORT_TRIES = 20;

    private final DnsResponder responder;
    private final InetSocketAddress wanted;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private @Nullable DatagramSocket udp;
    private @Nullable ServerSocket tcp;
    private volatile boolean closed;

    /** @param listen where to listen; port 0 takes a free one */
    public EmbeddedNameServer(NameServerSettings settings, InetSocketAddress listen, Clock clock) {
        this.responder = new DnsResponder(settings, clock);
        this.wanted = listen;
    }

    /** Takes ownership of sockets that someone else has opened and bound, for instance in another namespace. */
    public EmbeddedNameServer(NameServerSettings settings, DatagramSocket udp, ServerSocket tcp, Clock clock) {
        this.responder = new DnsResponder(settings, clock);
        this.wanted = new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort());
        this.udp = udp;
        this.tcp = tcp;
    }

    /**
     * Opens the sockets on the calling thread, then answers on threads of its own.
     *
     * @throws IOException when the address cannot be had
     */
    public EmbeddedNameServer start() throws IOException {
        if (udp == null || tcp == null) {
            open();
        }
        DatagramSocket datagrams = udp();
        ServerSocket listener = tcp();
        daemon("sojourn-name-server-udp", () -> answerDatagrams(datagrams));
        daemon("sojourn-name-server-tcp", () -> acceptConnections(listener));
        return this;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(wanted.getAddress(), udp().getLocalPort());
    }

    @Override
    public void close() {
        closed = true;
        if (udp != null) {
            udp.close();
        }
        try {
            if (tcp != null) {
                tcp.close();
            }
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open() throws IOException {
        for (int attempt = 1; ; attempt++) {
            DatagramSocket datagrams = new DatagramSocket(wanted);
            try {
                ServerSocket listener = new ServerSocket();
                listener.setReuseAddress(true);
                listener.bind(new InetSocketAddress(wanted.getAddress(), datagrams.getLocalPort()));
                udp = datagrams;
                tcp = listener;
                return;
            } catch (IOException e) {
                datagrams.close();
                // A free UDP port may be taken for TCP.
                if (wanted.getPort() != 0 || attempt == PORT_TRIES) {
                    throw new IOException("name server cannot listen at " + wanted + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private DatagramSocket udp() {
        DatagramSocket socket = udp;
        if (socket == null) {
            throw new IllegalStateException("the name server has not been started");
        }
        return socket;
    }

    private ServerSocket tcp() {
        ServerSocket socket = tcp;
        if (socket == null) {
            throw new IllegalStateException("the name server has not been started");
        }
        return socket;
    }

    private void answerDatagrams(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM_BYTES], MAX_DATAGRAM_BYTES);
        while (!closed) {
            try {
                packet.setLength(MAX_DATAGRAM_BYTES);
                socket.receive(packet);
                Optional<byte[]> answer = respond(Arrays.copyOf(packet.getData(), packet.getLength()), true);
                if (answer.isPresent()) {
                    socket.send(new DatagramPacket(answer.get(), answer.get().length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.debug("a datagram was not answered: {}", e.toString());
                }
            }
        }
    }

    private void acceptConnections(ServerSocket listener) {
        while (!closed) {
            try {
                Socket connection = listener.accept();
                connections.add(connection);
                daemon("sojourn-name-server-connection", () -> answerConnection(connection));
            } catch (IOException e) {
                if (!closed) {
                    LOG.debug("a connection was not accepted: {}", e.toString());
                }
            }
        }
    }

    private void answerConnection(Socket connection) {
        try (connection) {
            connection.setSoTimeout(TCP_IDLE_MILLIS);
            DataInputStream in = new DataInputStream(connection.getInputStream());
            DataOutputStream out = new DataOutputStream(connection.getOutputStream());
            while (!closed) {
                byte[] question = new byte[in.readUnsignedShort()];
                in.readFully(question);
                Optional<byte[]> answer = respond(question, false);
                if (answer.isPresent()) {
                    byte[] framed = new byte[2 + answer.get().length];
                    framed[0] = (byte) (answer.get().length >> 8);
                    framed[1] = (byte) answer.get().length;
                    System.arraycopy(answer.get(), 0, framed, 2, answer.get().length);
                    out.write(framed);
                }
            }
        } catch (EOFException | SocketException e) {
            LOG.trace("a connection ended: {}", e.toString());
        } catch (IOException e) {
            LOG.debug("a connection ended: {}", e.toString());
        } finally {
            connections.remove(connection);
        }
    }

    /** Hostile octets must not end the server. */
    private Optional<byte[]> respond(byte[] octets, boolean byUdp) {
        try {
            return responder.respond(octets, byUdp);
        } catch (RuntimeException e) {
            LOG.warn("a message of {} octets could not be answered", octets.length, e);
            return Optional.empty();
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** As a process: see {@link NameServerArguments}. Prints one line {@code ready ADDRESS PORT}, runs until killed. */
    public static void main(String[] arguments) throws Exception {
        NameServerArguments parsed;
        try {
            parsed = NameServerArguments.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(NameServerArguments.USAGE);
            System.exit(2);
            return;
        }
        try (EmbeddedNameServer server =
                new EmbeddedNameServer(parsed.settings(), parsed.listen(), Clock.systemUTC())) {
            server.start();
            System.out.println("ready " + parsed.listen().getAddress().getHostAddress() + " "
                    + server.address().getPort());
            Thread.currentThread().join();
        }
    }
}
