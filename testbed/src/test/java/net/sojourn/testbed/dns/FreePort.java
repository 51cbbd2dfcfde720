package net.sojourn.testbed.dns;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Finds a port that is free for UDP and TCP on loopback. */
final class FreePort {

    private FreePort() {}

    static InetSocketAddress onLoopback() throws IOException {
        for (int attempt = 0; attempt < 50; attempt++) {
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
                return new InetSocketAddress(loopback, udp.getLocalPort());
            } catch (java.net.BindException e) {
                continue;
            }
        }
        throw new IOException("no free port on loopback");
    }
}
