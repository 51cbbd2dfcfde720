package net.sojourn.tun.attach;

import java.util.BitSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which part of the host's TCP is the stack's. Immutable.
 *
 * @param tun name of the TUN device that is made
 * @param firstPort lowest port of the range for connections of the stack
 * @param lastPort highest of it
 * @param published further ports, on which the stack listens
 * @param uplink whether a link's packets are the stack's business; loopback always is
 */
public record HostAddressSettings(
        String tun, int firstPort, int lastPort, Set<Integer> published, Predicate<String> uplink) {

    public HostAddressSettings {
        if (firstPort < 1 || lastPort < firstPort || lastPort > 65_535) {
            throw new IllegalArgumentException("no range of ports: " + firstPort + " to " + lastPort);
        }
        if (!tun.matches("[A-Za-z0-9_.-]{1,15}")) {
            throw new IllegalArgumentException("a TUN device shared with the host is named by 1 to 15 letters, digits,"
                    + " dots, hyphens and underscores: " + tun);
        }
        for (int port : published) {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("no port: " + port);
            }
        }
        published = Set.copyOf(published);
    }

    /** All ports that are the stack's. */
    BitSet ports() {
        BitSet ports = new BitSet();
        ports.set(firstPort, lastPort + 1);
        published.forEach(ports::set);
        return ports;
    }
}
