package net.sojourn.daemon.entry;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import javax.net.SocketFactory;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.socket.SojournSocket;
import net.sojourn.tun.host.KernelListener;
import net.sojourn.tun.host.KernelSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A SOCKS 5 server (RFC 1928) on a kernel address: CONNECT without authentication to IPv4 and IPv6 addresses and to names.
 * Every connection it opens is one of the stack. A thread or two for each.
 */
public final class Socks5 implements Closeable {

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int NO_ACCEPTABLE_METHOD = 0xFF;
    private static final int CONNECT = 1;
    private static final int TYPE_IPV4 = 1;
    private static final int TYPE_NAME = 3;
    private static final int TYPE_IPV6 = 4;
    private static final int BACKLOG = 256;
    private static final int GREETING_TIMEOUT_MILLIS = 30_000;
    private static final int CONNECT_TIMEOUT_MILLIS = 30_000;
    private static final Logger LOG = LoggerFactory.getLogger(Socks5.class);

    /** Hears of connections that were opened. */
    @FunctionalInterface
    public interface Opened {
        /**
         * @param remote connected, on the stack
         * @param name what the client asked for; empty if that was an address
         */
        void opened(Socket remote, String name);
    }

    /** Finds addresses of names; best first. */
    @FunctionalInterface
    public interface Names {
        /** @throws UnknownHostException if there is no such name or nobody answers */
        List<IpAddress> addressesOf(String name) throws IOException;
    }

    /** RFC 1928 6, field REP. */
    private enum Answer {
        SUCCEEDED(0),
        GENERAL_FAILURE(1),
        NOT_ALLOWED(2),
        NETWORK_UNREACHABLE(3),
        HOST_UNREACHABLE(4),
        REFUSED(5),
        TIMED_OUT(6), // "TTL expired": the code other servers give for an unanswered SYN
        COMMAND_NOT_SUPPORTED(7),
        ADDRESS_TYPE_NOT_SUPPORTED(8);

        private final int code;

        Answer(int code) {
            this.code = code;
        }
    }

    private static final class RefusedException extends Exception {
        private final Answer answer;

        RefusedException(Answer answer, String message) {
            super(message);
            this.answer = answer;
        }
    }

    private final KernelListener listener;
    private final SocketFactory stack;
    private final Names names;
    private final Opened opened;
    private final ExecutorService threads;
    private final Relays relays;
    private final Set<KernelSocket> open = ConcurrentHashMap.newKeySet();

    private Socks5(
            KernelListener listener,
            SocketFactory stack,
            Names names,
            Opened opened,
            Relays relays,
            ExecutorService threads) {
        this.listener = listener;
        this.stack = stack;
        this.names = names;
        this.opened = opened;
        this.relays = relays;
        this.threads = threads;
    }

    /** @param stack makes the sockets that go out */
    public static Socks5 start(
            InetSocketAddress listen,
            SocketFactory stack,
            Names names,
            Opened opened,
            Relays relays,
            ExecutorService threads)
            throws IOException {
        KernelListener listener;
        try {
            listener = KernelListener.open(listen, BACKLOG);
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen for SOCKS5 on " + listen + ": " + e.getMessage() + ". Choose another socks5.listen.",
                    e);
        }
        Socks5 socks = new Socks5(listener, stack, names, opened, relays, threads);
        threads.execute(socks::acceptAll);
        return socks;
    }

    /** Where it listens, with the port that was chosen if 0 was asked for. */
    public InetSocketAddress address() {
        return listener.address();
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                KernelSocket client = listener.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException | RejectedExecutionException e) {
                LOG.debug("socks5=stopped reason=\"{}\"", e.getMessage());
                return;
            }
        }
    }

    private void serve(KernelSocket client) {
        try {
            client.noDelay();
            client.readTimeoutMillis(GREETING_TIMEOUT_MILLIS);
            DataInputStream in = new DataInputStream(client.input());
            OutputStream out = client.output();
            if (!agreeOnMethod(in, out)) {
                return;
            }
            Socket remote;
            try {
                remote = connect(in);
            } catch (RefusedException e) {
                LOG.info("socks5=refused reply={} reason=\"{}\"", e.answer, e.getMessage());
                out.write(reply(e.answer, IpAddress.IPV4_ANY, 0));
                return;
            }
            try {
                out.write(reply(Answer.SUCCEEDED, IpAddress.of(remote.getLocalAddress()), remote.getLocalPort()));
                client.readTimeoutMillis(0);
                if (remote instanceof SojournSocket socket) {
                    relays.run(client, socket.connection());
                }
            } finally {
                close(remote);
            }
        } catch (IOException e) {
            LOG.debug("socks5=client-gone error=\"{}\"", e.getMessage());
        } finally {
            client.close();
            open.remove(client);
        }
    }

    private static boolean agreeOnMethod(DataInputStream in, OutputStream out) throws IOException {
        if (in.readUnsignedByte() != VERSION) {
            return false;
        }
        boolean offered = false;
        for (int methods = in.readUnsignedByte(); methods > 0; methods--) {
            offered |= in.readUnsignedByte() == NO_AUTHENTICATION;
        }
        out.write(new byte[] {VERSION, (byte) (offered ? NO_AUTHENTICATION : NO_ACCEPTABLE_METHOD)});
        return offered;
    }

    private Socket connect(DataInputStream in) throws IOException, RefusedException {
        if (in.readUnsignedByte() != VERSION) {
            throw new EOFException("not SOCKS 5");
        }
        int command = in.readUnsignedByte();
        in.readUnsignedByte(); // reserved
        int type = in.readUnsignedByte();
        String name = "";
        IpAddress literal = IpAddress.IPV4_ANY;
        switch (type) {
            case TYPE_IPV4 -> literal = IpAddress.ofBytes(in.readNBytes(4));
            case TYPE_IPV6 -> literal = IpAddress.ofBytes(in.readNBytes(16));
            case TYPE_NAME -> name = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.US_ASCII);
            default -> throw new RefusedException(Answer.ADDRESS_TYPE_NOT_SUPPORTED, "address type " + type);
        }
        int port = in.readUnsignedShort();
        if (command != CONNECT) {
            throw new RefusedException(Answer.COMMAND_NOT_SUPPORTED, "command " + command);
        }
        List<IpAddress> addresses = type == TYPE_NAME ? resolve(name) : List.of(literal);
        RefusedException failure = new RefusedException(Answer.HOST_UNREACHABLE, "no address for " + name);
        for (IpAddress address : addresses) {
            try {
                Socket remote = connect(address, port);
                opened.opened(remote, isLiteral(name) ? "" : name);
                return remote;
            } catch (RefusedException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private List<IpAddress> resolve(String name) throws RefusedException {
        if (isLiteral(name)) {
            return List.of(IpAddress.parse(name));
        }
        try {
            return names.addressesOf(name);
        } catch (IOException | IllegalArgumentException e) {
            throw new RefusedException(Answer.HOST_UNREACHABLE, name + ": " + e.getMessage());
        }
    }

    private static boolean isLiteral(String name) {
        try {
            IpAddress.parse(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private Socket connect(IpAddress address, int port) throws RefusedException, IOException {
        if (port == 0 || address.isUnspecified() || address.isLoopback() || address.isMulticast()) {
            // The stack's own loopback would be a surprise to a program that means the host's.
            throw new RefusedException(Answer.NOT_ALLOWED, address + " port " + port);
        }
        Socket remote = stack.createSocket();
        try {
            remote.connect(new InetSocketAddress(address.toInetAddress(), port), CONNECT_TIMEOUT_MILLIS);
            remote.setTcpNoDelay(true);
            return remote;
        } catch (IOException e) {
            close(remote);
            throw new RefusedException(answerFor(e), address + " port " + port + ": " + e.getMessage());
        }
    }

    private static Answer answerFor(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof SocketTimeoutException || message.equals(ConnectionFailure.TIMED_OUT.message())) {
            return Answer.TIMED_OUT;
        }
        if (failure instanceof NoRouteToHostException || failure instanceof UnknownHostException) {
            return Answer.HOST_UNREACHABLE;
        }
        if (message.startsWith(ConnectionFailure.NETWORK_UNREACHABLE.message())) {
            return Answer.NETWORK_UNREACHABLE;
        }
        boolean refused = failure instanceof ConnectException || message.equals(ConnectionFailure.RESET.message());
        return refused ? Answer.REFUSED : Answer.GENERAL_FAILURE;
    }

    private static byte[] reply(Answer answer, IpAddress bound, int port) {
        byte[] address = bound.toBytes();
        byte[] reply = new byte[6 + address.length];
        reply[0] = VERSION;
        reply[1] = (byte) answer.code;
        reply[3] = (byte) (bound.isIpv4() ? TYPE_IPV4 : TYPE_IPV6);
        System.arraycopy(address, 0, reply, 4, address.length);
        reply[reply.length - 2] = (byte) (port >>> 8);
        reply[reply.length - 1] = (byte) port;
        return reply;
    }

    /** Ends the listening and every connection. */
    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(KernelSocket::reset);
    }

    private static void close(Socket remote) {
        try {
            remote.close();
        } catch (IOException e) {
            LOG.debug("socks5=close error=\"{}\"", e.getMessage());
        }
    }
}
