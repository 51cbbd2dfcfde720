package net.sojourn.dns.transport;

import java.net.InetSocketAddress;
import java.util.List;
import org.xbill.DNS.Address;
import org.xbill.DNS.ResolverConfig;

/** Whom to ask for names of the world. Any thread. */
public final class SiteResolvers {

    private SiteResolvers() {}

    /** Those of {@code /etc/resolv.conf}, read now: a move may have brought others. May be empty. */
    public static List<InetSocketAddress> current() {
        ResolverConfig.refresh();
        return ResolverConfig.getCurrentConfig().servers();
    }

    /** Whether {@code host} is an address and no name. */
    public static boolean isAddress(String host) {
        return Address.toByteArray(host, Address.IPv4) != null || Address.toByteArray(host, Address.IPv6) != null;
    }
}
