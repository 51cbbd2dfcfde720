package net.sojourn.daemon.entry;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.SocketFactory;

/** Octets from a SOCKS5 client, to the real server on loopback: it answers or hangs up, and serves the next one. */
class Socks5FuzzTest {

    private static final int PATIENCE_MILLIS = 5000;

    @FuzzTest(maxDuration = "2m")
    void clientOctets(byte[] input) throws IOException {
        BugDetectors.allowNetworkConnections((host, port) -> host.equals("localhost"));
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Socks5 socks = Socks5.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Nowhere(),
                name -> {
                    throw new UnknownHostException(name);
                },
                (remote, name) -> {},
                new Relays(threads),
                threads)) {
            exchange(socks, input);
            byte[] answer = exchange(socks, new byte[] {5, 1, 0});
            assertTrue(answer.length == 2 && answer[0] == 5 && answer[1] == 0, "does not serve the next client");
        } finally {
            threads.shutdownNow();
        }
    }

    private static byte[] exchange(Socks5 socks, byte[] octets) throws IOException {
        try (Socket client = new Socket()) {
            client.connect(socks.address(), PATIENCE_MILLIS);
            client.setSoTimeout(PATIENCE_MILLIS);
            client.getOutputStream().write(octets);
            client.shutdownOutput();
            return client.getInputStream().readAllBytes();
        } catch (java.net.SocketException e) {
            // It may hang up while octets of ours are on their way.
            return new byte[0];
        }
    }

    /** Refuses every connection. */
    private static final class Nowhere extends SocketFactory {

        @Override
        public Socket createSocket() throws IOException {
            throw new ConnectException("Connection refused");
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
                throws IOException {
            return createSocket();
        }
    }
}
