package net.sojourn.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.ConnectionEvents;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;

/**
 * The program that is measured, by the same code on sockets of the kernel or of Sojourn, in a process of its own: echo,
 * discard, source, one that only holds its connections, and one that ends them. Arguments: {@code kernel SELECTOR}, where
 * "true" lets one thread with a selector echo, or {@code sojourn DEVICE ADDRESS OFFLOAD MTU [BUSY-POLL-MICROS]}, which polls
 * that long before it sleeps, and echoes and ends connections on the stack's own thread, as lwIP's callbacks do. Prints {@link #READY} when it listens, and for each line of standard input {@link
 * #MEMORY} and the octets that are alive, in the heap and directly allocated.
 */
final class BulkServices {

    static final String READY = "ready";
    static final String MEMORY = "memory ";
    static final int ECHO_PORT = 7;
    static final int HOLD_PORT = 11;
    static final int ACCEPT_PORT = 13;

    private static final int BACKLOG = 1024;

    private static final int BUFFER_BYTES = 256 * 1024;

    private BulkServices() {}

    /** Makes a server socket, not bound. */
    private interface ServerSockets {
        ServerSocket create() throws IOException;
    }

    /** What is done with a connection. */
    private interface Service {
        void serve(Socket socket) throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        ServerSockets sockets;
        boolean threads;
        if (arguments[0].equals("sojourn")) {
            TunPort port = TunPort.open(TunSettings.named(arguments[1])
                    .offload(Boolean.parseBoolean(arguments[3]))
                    .mtuBytes(Integer.parseInt(arguments[4])));
            Duration busyPoll =
                    arguments.length > 5 ? Duration.ofNanos(1_000 * Long.parseLong(arguments[5])) : Duration.ZERO;
            NetworkStack stack = NetworkStack.builder(port)
                    .settings(StackSettings.defaults().toBuilder()
                            .busyPoll(busyPoll)
                            .build())
                    .address(IpAddress.parse(arguments[2]))
                    .start();
            sockets = () -> new SojournServerSocket(stack);
            threads = arguments.length <= 5;
            if (!threads) {
                echoOnLoop(stack, ECHO_PORT);
                echoOnLoop(stack, ACCEPT_PORT);
            }
        } else {
            sockets = ServerSocket::new;
            threads = !Boolean.parseBoolean(arguments[1]);
            if (!threads) {
                SelectorEcho.start(ECHO_PORT, BACKLOG);
                listen(sockets, ACCEPT_PORT, BulkServices::untilEnd);
            }
        }
        listen(sockets, Way.RECEIVE.port, inThread(BulkServices::discard));
        listen(sockets, Way.SEND.port, inThread(BulkServices::source));
        if (threads) {
            listen(sockets, ECHO_PORT, inThread(BulkServices::echo));
            listen(sockets, ACCEPT_PORT, BulkServices::untilEnd);
        }
        List<Socket> held = new ArrayList<>();
        listen(sockets, HOLD_PORT, held::add);
        System.out.println(READY);
        answer();
        throw new IllegalStateException("asked no more; " + held.size() + " connections end with this program");
    }

    private static void listen(ServerSockets sockets, int port, Service service) throws IOException {
        ServerSocket listener = sockets.create();
        listener.bind(new InetSocketAddress(port), BACKLOG);
        Thread thread = new Thread(() -> accept(listener, service), "accept-" + port);
        thread.setDaemon(true);
        thread.start();
    }

    private static void accept(ServerSocket listener, Service service) {
        try {
            while (true) {
                service.serve(listener.accept());
            }
        } catch (IOException e) {
            throw new IllegalStateException("the service at " + listener + " ends", e);
        }
    }

    private static Service inThread(Service service) {
        return socket -> {
            Thread thread = new Thread(() -> serve(socket, service), "serve-" + socket.getLocalPort());
            thread.setDaemon(true);
            thread.start();
        };
    }

    private static void serve(Socket socket, Service service) {
        try (socket) {
            service.serve(socket);
        } catch (IOException e) {
            // The driver has what it wanted and is gone.
        }
    }

    private static void discard(Socket socket) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        InputStream in = socket.getInputStream();
        while (in.read(buffer) >= 0) {
            // Nothing to do with it.
        }
    }

    private static void source(Socket socket) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        OutputStream out = socket.getOutputStream();
        while (true) {
            out.write(buffer);
        }
    }

    private static void echo(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        byte[] buffer = new byte[2048];
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
        }
    }

    /** What comes to {@code port} is sent back, and closed after its end, without another thread. */
    private static void echoOnLoop(NetworkStack stack, int port) throws IOException {
        TcpListener listener = stack.listen(null, port, BACKLOG);
        listener.arrivals(() -> {
            try {
                for (TcpConnection each = listener.tryAccept(); each != null; each = listener.tryAccept()) {
                    each.noDelay(true);
                    each.events(new EchoEvents(each));
                }
            } catch (IOException e) {
                throw new IllegalStateException("the service at port " + port + " ends", e);
            }
        });
    }

    /** Sends back what comes, as it is. */
    private record EchoEvents(TcpConnection connection) implements ConnectionEvents {

        @Override
        public void readable() {
            try {
                for (ByteBuf text = connection.receive(BUFFER_BYTES);
                        text != null;
                        text = connection.receive(BUFFER_BYTES)) {
                    connection.send(text);
                }
                if (connection.isAtEnd()) {
                    connection.close();
                }
            } catch (IOException e) {
                connection.close();
            }
        }
    }

    /** The driver's end is there already, or follows at once. */
    private static void untilEnd(Socket socket) {
        serve(socket, each -> {
            if (each.getInputStream().read() >= 0) {
                throw new IOException("unexpected text");
            }
        });
    }

    private static void answer() throws IOException {
        while (System.in.read() >= 0) {
            // Twice: what the first one finds unreachable may hold memory outside the heap.
            System.gc();
            System.gc();
            long bytes =
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                            + Math.max(0, PlatformDependent.usedDirectMemory());
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                bytes += pool.getMemoryUsed();
            }
            System.out.println(MEMORY + bytes);
        }
    }
}
