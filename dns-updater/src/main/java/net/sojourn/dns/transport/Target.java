package net.sojourn.dns.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where one message goes and from where.
 *
 * @param localAddress the address to send from; empty lets the kernel choose by its routes
 */
public record Target(InetSocketAddress server, Protocol protocol, Optional<InetAddress> localAddress) {

    public static Target udp(InetSocketAddress server) {
        return new Target(server, Protocol.UDP, Optional.empty());
    }

    public Target over(Protocol other) {
        return new Target(server, other, localAddress);
    }

    @Override
    public String toString() {
        String from = localAddress.map(a -> " from " + a.getHostAddress()).orElse("");
        return server.getAddress().getHostAddress() + " port " + server.getPort() + " by " + protocol + from;
    }
}
