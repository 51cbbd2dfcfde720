package net.sojourn.tun.attach;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import net.sojourn.tun.attach.KernelSockets.Entry;

/**
 * The rules of {@link HostAddressAttachment} as lines for nft(8): pure text. A chain for each link jumps into common ones,
 * so that a link that comes costs two lines.
 *
 * <pre>
 * table netdev   link2, link3, ... (ingress of a device) -> dispatch -> local4, local6 -> the TUN
 * table inet     out: what the stack sends is not tracked
 * </pre>
 */
final class HostAddressRules {

    // A device without link layer has no neighbours: these only fill the place of one in the rule.
    private static final String ANY_NEIGHBOUR_4 = "192.0.0.8";
    private static final String ANY_NEIGHBOUR_6 = "fe80::1";
    private static final int ELEMENTS_IN_LINE = 32;

    private final String tun;
    private final BitSet ports;
    private final String table;

    HostAddressRules(HostAddressSettings settings) {
        tun = settings.tun();
        ports = settings.ports();
        table = tableOf(tun);
    }

    /** The name of both tables of the attachment with this TUN. */
    static String tableOf(String tun) {
        return TABLE_PREFIX + tun.replaceAll("[^A-Za-z0-9]", "_");
    }

    static final String TABLE_PREFIX = "sojourn_";

    List<String> tables() {
        return List.of("netdev " + table, "inet " + table);
    }

    /** Sets and chains that do not depend on links. */
    List<String> fixed() {
        List<String> lines = new ArrayList<>();
        inbound(lines);
        outbound(lines);
        return lines;
    }

    private void inbound(List<String> lines) {
        String netdev = " netdev " + table + " ";
        lines.add("add set" + netdev + portSet());
        lines.add("add set" + netdev + connectionSet("kernel4", "ipv4_addr"));
        lines.add("add set" + netdev + connectionSet("kernel6", "ipv6_addr"));
        lines.add("add chain" + netdev + "local4");
        lines.add("add chain" + netdev + "local6");
        lines.add("add chain" + netdev + "dispatch");
        lines.add("add rule" + netdev + "local4 ip saddr . tcp sport . ip daddr . tcp dport @kernel4 return");
        lines.add("add rule" + netdev + "local6 ip6 saddr . tcp sport . ip6 daddr . tcp dport @kernel6 return");
        String into4 = "fwd ip to " + ANY_NEIGHBOUR_4 + " device \"" + tun + "\"";
        String into6 = "fwd ip6 to " + ANY_NEIGHBOUR_6 + " device \"" + tun + "\"";
        lines.add("add rule" + netdev + "local4 tcp dport @ports " + into4);
        lines.add("add rule" + netdev + "local6 tcp dport @ports " + into6);
        // The quoted header: its protocol is TCP and its source port is one of ours. A set cannot be compared with raw
        // payload, so each run of ports is a rule.
        for (String run : ReservedPorts.text(ports).split(",", -1)) {
            lines.add("add rule" + netdev
                    + "local4 icmp type { destination-unreachable, time-exceeded, parameter-problem }"
                    + " @th,136,8 6 @th,224,16 " + run + " " + into4);
            lines.add("add rule" + netdev
                    + "local6 icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem }"
                    + " @th,112,8 6 @th,384,16 " + run + " " + into6);
        }
        // Loopback addresses are never the stack's: programs that talk to each other there keep every port.
        lines.add("add rule" + netdev + "dispatch ip daddr 127.0.0.0/8 return");
        lines.add("add rule" + netdev + "dispatch ip6 daddr ::1 return");
        lines.add("add rule" + netdev + "dispatch meta protocol ip fib daddr type local goto local4");
        lines.add("add rule" + netdev + "dispatch meta protocol ip6 fib daddr type local goto local6");
    }

    /**
     * Connection tracking sees one half of our connections only and would call it invalid. On loopback the kernel's own
     * half is there as well and must stay tracked.
     */
    private void outbound(List<String> lines) {
        String inet = " inet " + table + " ";
        lines.add("add set" + inet + portSet());
        lines.add("add set" + inet + connectionSet("kernel4", "ipv4_addr"));
        lines.add("add set" + inet + connectionSet("kernel6", "ipv6_addr"));
        lines.add("add chain" + inet + "out { type filter hook output priority raw; policy accept; }");
        lines.add("add rule" + inet + "out ip saddr . tcp sport . ip daddr . tcp dport @kernel4 return");
        lines.add("add rule" + inet + "out ip6 saddr . tcp sport . ip6 daddr . tcp dport @kernel6 return");
        lines.add("add rule" + inet + "out oifname != \"lo\" tcp sport @ports notrack");
    }

    private String portSet() {
        return "ports { type inet_service; flags interval; elements = { "
                + ReservedPorts.text(ports).replace(",", ", ") + " }; }";
    }

    private static String connectionSet(String name, String address) {
        return name + " { type " + address + " . inet_service . " + address + " . inet_service; }";
    }

    /**
     * Leaves connections to the kernel that it had before: of those, a third of an ordinary host's, that happen to have a
     * local port of ours. ICMP errors that quote them go to the stack all the same and are lost.
     */
    List<String> except(List<Entry> connections) {
        List<String> lines = new ArrayList<>();
        for (boolean ipv4 : new boolean[] {true, false}) {
            List<Entry> family =
                    connections.stream().filter(entry -> entry.isIpv4() == ipv4).toList();
            String set = ipv4 ? "kernel4" : "kernel6";
            for (int from = 0; from < family.size(); from += ELEMENTS_IN_LINE) {
                List<Entry> some = family.subList(from, Math.min(family.size(), from + ELEMENTS_IN_LINE));
                lines.add("add element netdev " + table + " " + set + " { "
                        + some.stream()
                                .map(e -> e.peer() + " . " + e.peerPort() + " . " + e.address() + " . " + e.port())
                                .collect(Collectors.joining(", "))
                        + " }");
                lines.add("add element inet " + table + " " + set + " { "
                        + some.stream()
                                .map(e -> e.address() + " . " + e.port() + " . " + e.peer() + " . " + e.peerPort())
                                .collect(Collectors.joining(", "))
                        + " }");
            }
        }
        return lines;
    }

    /** Takes in what arrives by a link. */
    List<String> hook(int linkIndex, String linkName) {
        return List.of(
                "add chain " + chain(linkIndex) + " { type filter hook ingress device \"" + linkName
                        + "\" priority -500; policy accept; }",
                "add rule " + chain(linkIndex) + " goto dispatch");
    }

    List<String> unhook(int linkIndex) {
        return List.of("flush chain " + chain(linkIndex), "delete chain " + chain(linkIndex));
    }

    private String chain(int linkIndex) {
        return "netdev " + table + " link" + linkIndex;
    }
}
