package net.sojourn.daemon.mobility;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.sojourn.stack.IpAddress;

/**
 * What the host's addresses and routes are at one moment. Immutable.
 *
 * @param addresses those that may be used
 * @param sources for each peer that was asked about: the address the kernel would use; absent without a route
 */
public record AddressView(Set<IpAddress> addresses, Map<IpAddress, IpAddress> sources) {

    public static final AddressView NONE = new AddressView(Set.of(), Map.of());

    public AddressView {
        addresses = Set.copyOf(addresses);
        sources = Map.copyOf(sources);
    }

    /** The usable address the kernel would talk to {@code peer} from. */
    public Optional<IpAddress> sourceFor(IpAddress peer) {
        return Optional.ofNullable(sources.get(peer)).filter(addresses::contains);
    }
}
