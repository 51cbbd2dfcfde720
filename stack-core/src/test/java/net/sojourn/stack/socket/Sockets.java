package net.sojourn.stack.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.channel.SojournSelectorProvider;

/** Where a case of the contract runs: the JDK's sockets on the loopback device, or two stacks on a cable. */
public enum Sockets {
    JDK {
        @Override
        public Bed open() {
            return new Bed() {
                @Override
                public Socket socket() {
                    return new Socket();
                }

                @Override
                public ServerSocket serverSocket() throws IOException {
                    return new ServerSocket();
                }

                @Override
                public SelectorProvider clientChannels() {
                    return SelectorProvider.provider();
                }

                @Override
                public SelectorProvider serverChannels() {
                    return SelectorProvider.provider();
                }

                @Override
                public InetAddress server() {
                    return InetAddress.getLoopbackAddress();
                }

                @Override
                public void close() {}
            };
        }
    },
    STACK {
        @Override
        public Bed open() {
            return new StackBed();
        }
    };

    public abstract Bed open();

    /** A place for one case. */
    public interface Bed extends AutoCloseable {

        Socket socket() throws IOException;

        ServerSocket serverSocket() throws IOException;

        SelectorProvider clientChannels();

        SelectorProvider serverChannels();

        /** The address to which {@link #serverSocket()}s listen. */
        InetAddress server();

        default ServerSocket listening() throws IOException {
            ServerSocket listener = serverSocket();
            listener.bind(null);
            return listener;
        }

        /** A connection by both its ends. */
        default Pair pair() throws IOException {
            try (ServerSocket listener = listening()) {
                Socket client = socket();
                client.connect(new InetSocketAddress(server(), listener.getLocalPort()));
                return new Pair(client, listener.accept());
            }
        }

        @Override
        void close();
    }

    public record Pair(Socket client, Socket server) implements AutoCloseable {

        int read(byte[] target) throws IOException {
            return client.getInputStream().read(target);
        }

        @Override
        public void close() {
            try {
                client.close();
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Two stacks, the second of which serves. */
    public static final class StackBed implements Bed {

        private static final IpAddress CLIENT = IpAddress.parse("10.0.0.1");
        static final IpAddress SERVER = IpAddress.parse("10.0.0.2");

        public final NetworkStack client;
        public final NetworkStack server;

        public StackBed() {
            this(StackSettings.defaults().toBuilder()
                    .timeWait(Duration.ofMillis(100))
                    .build());
        }

        public StackBed(StackSettings settings) {
            Cable cable = new Cable();
            client = NetworkStack.builder(cable.left())
                    .address(CLIENT)
                    .settings(settings)
                    .start();
            server = NetworkStack.builder(cable.right())
                    .address(SERVER)
                    .settings(settings)
                    .start();
        }

        @Override
        public Socket socket() throws IOException {
            return new SojournSocket(client);
        }

        @Override
        public ServerSocket serverSocket() throws IOException {
            return new SojournServerSocket(server);
        }

        @Override
        public SelectorProvider clientChannels() {
            return new SojournSelectorProvider(client);
        }

        @Override
        public SelectorProvider serverChannels() {
            return new SojournSelectorProvider(server);
        }

        @Override
        public InetAddress server() {
            return SERVER.toInetAddress();
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }
}
