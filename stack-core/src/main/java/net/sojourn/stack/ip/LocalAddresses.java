package net.sojourn.stack.ip;

import java.util.LinkedHashSet;
import java.util.Set;
import net.sojourn.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** The addresses that are ours at present, in the order they were added. Loop thread only. */
public final class LocalAddresses {

    private final Set<IpAddress> addresses = new LinkedHashSet<>();

    public boolean contains(IpAddress address) {
        return addresses.contains(address);
    }

    public void replaceBy(Set<IpAddress> current) {
        addresses.clear();
        addresses.addAll(current);
    }

    public Set<IpAddress> all() {
        return Set.copyOf(addresses);
    }

    /**
     * The source for a packet to {@code destination} when nobody who knows the routes has chosen one: the address that
     * shares the longest prefix (RFC 6724 5, rule 8), of the same family; null if there is none.
     */
    public @Nullable IpAddress sourceFor(IpAddress destination) {
        IpAddress best = null;
        int bestPrefix = -1;
        for (IpAddress address : addresses) {
            if (address.isIpv4() != destination.isIpv4()) {
                continue;
            }
            int prefix = address.hi() == destination.hi()
                    ? 64 + Long.numberOfLeadingZeros(address.lo() ^ destination.lo())
                    : Long.numberOfLeadingZeros(address.hi() ^ destination.hi());
            if (prefix > bestPrefix && address.isLinkLocal() == destination.isLinkLocal()) {
                best = address;
                bestPrefix = prefix;
            }
        }
        return best;
    }
}
