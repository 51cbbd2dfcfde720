package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.sojourn.stack.IpAddress;

/**
 * What the host's addresses and routes are at one moment. Immutable.
 *
 * @param interfaces of each address that may be used, the interface that has it
 * @param ways for each peer that was asked about, how it may be reached; absent without a route
 */
public record AddressView(Map<IpAddress, InterfaceView> interfaces, Map<IpAddress, Ways> ways) {

    public static final AddressView NONE = new AddressView(Map.of(), Map.of());

    public AddressView {
        interfaces = Map.copyOf(interfaces);
        ways = Map.copyOf(ways);
    }

    /**
     * How one peer may be reached.
     *
     * @param kernel the address the kernel would use; empty if that is none of ours
     * @param sources every address from which packets get there, the kernel's included
     */
    public record Ways(Optional<IpAddress> kernel, List<IpAddress> sources) {

        static final Ways NONE = new Ways(Optional.empty(), List.of());

        public Ways {
            sources = List.copyOf(sources);
        }

        private static Ways of(HostAddresses host, IpAddress peer, Set<IpAddress> usable) throws IOException {
            Optional<IpAddress> kernel = host.sourceFor(peer).filter(usable::contains);
            List<IpAddress> sources = new ArrayList<>();
            for (IpAddress address : usable) {
                boolean mayLead = address.isIpv4() == peer.isIpv4() && !usable.contains(peer); // ourselves: by loopback
                if (kernel.equals(Optional.of(address)) || mayLead && host.leads(address, peer)) {
                    sources.add(address);
                }
            }
            return new Ways(kernel, sources);
        }
    }

    /** How things are now, with the ways to each of {@code peers}. */
    static AddressView of(HostAddresses host, Set<IpAddress> peers) throws IOException {
        Map<IpAddress, InterfaceView> interfaces = host.usable();
        Map<IpAddress, Ways> ways = new LinkedHashMap<>();
        for (IpAddress peer : peers) {
            ways.put(peer, Ways.of(host, peer, interfaces.keySet()));
        }
        return new AddressView(interfaces, ways);
    }

    /** Those that may be used. */
    public Set<IpAddress> addresses() {
        return interfaces.keySet();
    }

    /** How {@code peer} may be reached, by addresses that may be used. */
    public Ways waysTo(IpAddress peer) {
        return ways.getOrDefault(peer, Ways.NONE);
    }

    /** The usable address the kernel would talk to {@code peer} from. */
    public Optional<IpAddress> sourceFor(IpAddress peer) {
        return waysTo(peer).kernel();
    }

    /** Name of the interface that has {@code address}; empty if that may not be used. */
    public String interfaceOf(IpAddress address) {
        InterfaceView found = interfaces.get(address);
        return found == null ? "" : found.name();
    }
}
