package net.sojourn.tun.netlink;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.sojourn.stack.IpAddress;

/**
 * Links and addresses of a host at one moment. Immutable.
 *
 * @param links by index
 */
public record AddressView(Map<Integer, Link> links, List<LinkAddress> addresses) {

    public AddressView {
        links = Map.copyOf(links);
        addresses = List.copyOf(addresses);
    }

    /**
     * Addresses that a connection may use, with the name of their link; links that are down, without carrier
     * or loopback do not count: who pulls a cable leaves address and route behind.
     */
    public Map<IpAddress, String> usable() {
        Map<IpAddress, String> usable = new LinkedHashMap<>();
        for (LinkAddress address : addresses) {
            Link link = links.get(address.linkIndex());
            if (link != null && link.up() && link.carrier() && !link.loopback() && address.isUsable()) {
                usable.putIfAbsent(address.address(), link.name());
            }
        }
        return usable;
    }

    /** Names of links that may lead out: all but loopback. */
    public List<String> uplinkNames() {
        return links.values().stream()
                .filter(link -> !link.loopback())
                .map(Link::name)
                .sorted()
                .collect(Collectors.toUnmodifiableList());
    }
}
