package net.sojourn.tun.attach;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.nft.NftException;
import net.sojourn.tun.nft.OwnedRules;

/**
 * Keeps the kernel quiet between two lives of a {@link HostAddressAttachment}: what comes for the addresses and ports of
 * connections that are kept is dropped, where the kernel would answer with a reset. It belongs to no process, since none
 * lives; so each entry ends by itself after the time it was given, and the next attachment takes the whole table away. What
 * is left if there is none is an empty table that does nothing. In the namespace of the calling thread.
 */
public final class RestartGuard {

    private static final String TABLE_PREFIX = "sojourn_guard_";
    private static final int ELEMENTS_IN_LINE = 256;

    /** One of our places. */
    private record Place(IpAddress address, int port) {}

    private RestartGuard() {}

    /**
     * Drops what comes for the local ends of {@code connections}, for so long. In place of a guard that is there.
     *
     * @param tun of the attachment
     */
    public static void raise(String tun, Collection<FourTuple> connections, int seconds) throws NftException {
        String table = tableOf(tun);
        List<String> lines = new ArrayList<>();
        lines.add("add table " + table);
        lines.add("delete table " + table);
        lines.add("add table " + table);
        for (String family : List.of("ipv4_addr", "ipv6_addr")) {
            lines.add("add set " + table + " " + setOf(family) + " { type " + family
                    + " . inet_service; flags timeout; timeout " + seconds + "s; }");
        }
        lines.add("add chain " + table + " in { type filter hook prerouting priority raw; policy accept; }");
        lines.add("add rule " + table + " in ip daddr . tcp dport @" + setOf("ipv4_addr") + " drop");
        lines.add("add rule " + table + " in ip6 daddr . tcp dport @" + setOf("ipv6_addr") + " drop");
        OwnedRules.print(String.join("\n", lines));
        List<Place> places = connections.stream()
                .map(tuple -> new Place(tuple.localAddress(), tuple.localPort()))
                .distinct()
                .toList();
        for (String family : List.of("ipv4_addr", "ipv6_addr")) {
            boolean ipv4 = family.equals("ipv4_addr");
            List<Place> some = places.stream()
                    .filter(place -> place.address().isIpv4() == ipv4)
                    .toList();
            for (int from = 0; from < some.size(); from += ELEMENTS_IN_LINE) {
                OwnedRules.print("add element " + table + " " + setOf(family) + " { "
                        + some.subList(from, Math.min(some.size(), from + ELEMENTS_IN_LINE)).stream()
                                .map(place -> place.address() + " . " + place.port())
                                .collect(Collectors.joining(", "))
                        + " }");
            }
        }
    }

    /** Takes it away; nothing if there is none. */
    public static void lower(String tun) throws NftException {
        // Named twice, so that the second never fails.
        OwnedRules.print("add table " + tableOf(tun) + "\ndelete table " + tableOf(tun));
    }

    private static String tableOf(String tun) {
        return "inet " + TABLE_PREFIX + tun.replaceAll("[^A-Za-z0-9]", "_");
    }

    private static String setOf(String family) {
        return family.equals("ipv4_addr") ? "kept4" : "kept6";
    }
}
