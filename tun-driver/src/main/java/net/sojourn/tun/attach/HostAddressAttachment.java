package net.sojourn.tun.attach;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.netlink.AddressView;
import net.sojourn.tun.netlink.Link;
import net.sojourn.tun.nft.NftException;
import net.sojourn.tun.nft.OwnedRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack shares the host's own addresses: it owns some TCP ports, the kernel the rest. Segments to those ports, and ICMP
 * errors that quote them, are taken at the ingress of each uplink and of loopback, before the kernel's IP layer, and go into
 * a TUN; what the stack sends leaves by raw sockets. Rules name no address, so a move changes none of them.
 *
 * <p>What is taken in does not pass the host's input rules. Rules, device and sockets end with the process, however it ends;
 * {@link ReservedPorts} says what does not. Source: nftables' ingress hook and {@code fwd} statement, nft(8).
 */
public final class HostAddressAttachment implements Attachment {

    private static final Logger LOG = LoggerFactory.getLogger(HostAddressAttachment.class);
    // A device without link layer has no neighbours: these only fill the place of one in the rule.
    private static final String ANY_NEIGHBOUR_4 = "192.0.0.8";
    private static final String ANY_NEIGHBOUR_6 = "fe80::1";
    private static final int DEFAULT_MTU_BYTES = 1500;
    private static final int LEAST_MTU_BYTES = 576;
    private static final String LISTEN = "0A";

    private final HostAddressSettings settings;
    private final AddressMonitor monitor;
    private final Deque<Closeable> opened = new ArrayDeque<>();
    private final String table;
    private final RawOutput port;
    private final OwnedRules rules;
    /** By link index: the name of the link whose ingress is hooked. */
    private final Map<Integer, String> hooked = new LinkedHashMap<>();

    private volatile int mtuBytes = DEFAULT_MTU_BYTES;
    private boolean closed;

    private HostAddressAttachment(HostAddressSettings settings, AddressMonitor monitor) throws IOException {
        this.settings = settings;
        this.monitor = monitor;
        this.table = "sojourn_" + settings.tun().replaceAll("[^A-Za-z0-9]", "_");
        boolean complete = false;
        try {
            refusePortsInUse();
            TunPort tun = TunPort.open(TunSettings.named(settings.tun()));
            opened.push(tun::close);
            port = RawOutput.open(tun, () -> mtuBytes);
            opened.push(port::close);
            opened.push(ReservedPorts.reserve(settings.tun(), settings.ports()));
            rules = OwnedRules.open(List.of("netdev " + table, "inet " + table));
            opened.push(rules);
            rules.take(fixedRules());
            follow(monitor.view());
            monitor.listen(this::follow);
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
        LOG.info("attachment=host-address tun={} ports={}", settings.tun(), ReservedPorts.text(settings.ports()));
    }

    /**
     * Attaches, in the namespace of the calling thread.
     *
     * @param monitor of the same namespace; says which links come and go, and stays the caller's
     * @throws IOException saying what is in the way and what to do; nothing is left behind then
     */
    public static HostAddressAttachment open(HostAddressSettings settings, AddressMonitor monitor) throws IOException {
        return new HostAddressAttachment(settings, monitor);
    }

    @Override
    public List<String> plan() {
        List<String> plan = new ArrayList<>();
        plan.add("TUN device " + settings.tun() + ", without addresses");
        plan.add("net.ipv4.ip_local_reserved_ports gets " + ReservedPorts.text(settings.ports()));
        plan.addAll(fixedRules());
        return plan;
    }

    @Override
    public PacketPort port() {
        return port;
    }

    // ---- rules

    private List<String> fixedRules() {
        String netdev = " netdev " + table + " ";
        String ports = ReservedPorts.text(settings.ports()).replace(",", ", ");
        List<String> lines = new ArrayList<>();
        lines.add("add set" + netdev + "ports { type inet_service; flags interval; elements = { " + ports + " }; }");
        lines.add("add chain" + netdev + "local4");
        lines.add("add chain" + netdev + "local6");
        lines.add("add chain" + netdev + "dispatch");
        String into4 = "fwd ip to " + ANY_NEIGHBOUR_4 + " device \"" + settings.tun() + "\"";
        String into6 = "fwd ip6 to " + ANY_NEIGHBOUR_6 + " device \"" + settings.tun() + "\"";
        lines.add("add rule" + netdev + "local4 tcp dport @ports " + into4);
        lines.add("add rule" + netdev + "local6 tcp dport @ports " + into6);
        // The quoted header: its protocol is TCP and its source port is one of ours. A set cannot be compared with raw
        // payload, so each run of ports is a rule.
        for (String run : ReservedPorts.text(settings.ports()).split(",", -1)) {
            lines.add("add rule" + netdev
                    + "local4 icmp type { destination-unreachable, time-exceeded, parameter-problem }"
                    + " @th,136,8 6 @th,224,16 " + run + " " + into4);
            lines.add("add rule" + netdev
                    + "local6 icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem }"
                    + " @th,112,8 6 @th,384,16 " + run + " " + into6);
        }
        lines.add("add rule" + netdev + "dispatch meta protocol ip fib daddr type local goto local4");
        lines.add("add rule" + netdev + "dispatch meta protocol ip6 fib daddr type local goto local6");
        // Connection tracking sees one half of our connections only and would call it invalid. On loopback the kernel's
        // own half is there as well and must stay tracked.
        lines.add("add set inet " + table + " ports { type inet_service; flags interval; elements = { " + ports
                + " }; }");
        lines.add("add chain inet " + table + " out { type filter hook output priority raw; policy accept; }");
        lines.add("add rule inet " + table + " out oifname != \"lo\" tcp sport @ports notrack");
        return lines;
    }

    /** Hooks the ingress of links that have come, forgets those that have gone, and learns the narrowest MTU. */
    private synchronized void follow(AddressView view) {
        if (closed) {
            return;
        }
        int narrowest = Integer.MAX_VALUE;
        Set<Integer> present = new HashSet<>();
        for (Link link : view.links().values()) {
            boolean ours = link.loopback()
                    || (!link.name().equals(settings.tun()) && settings.uplink().test(link.name()));
            if (!ours) {
                continue;
            }
            present.add(link.index());
            if (link.up() && !link.loopback()) {
                narrowest = Math.min(narrowest, Math.max(LEAST_MTU_BYTES, link.mtuBytes()));
            }
            if (!link.name().equals(hooked.get(link.index()))) {
                hook(link);
            }
        }
        for (Integer index : Set.copyOf(hooked.keySet())) {
            if (!present.contains(index)) {
                unhook(index);
            }
        }
        mtuBytes = narrowest == Integer.MAX_VALUE ? DEFAULT_MTU_BYTES : narrowest;
    }

    private void hook(Link link) {
        if (hooked.containsKey(link.index())) {
            unhook(link.index());
        }
        String chain = "netdev " + table + " link" + link.index();
        try {
            rules.take(List.of(
                    "add chain " + chain + " { type filter hook ingress device \"" + link.name()
                            + "\" priority -500; policy accept; }",
                    "add rule " + chain + " goto dispatch"));
            hooked.put(link.index(), link.name());
        } catch (NftException e) {
            LOG.warn("attachment=link-without-rules link={} error=\"{}\"", link.name(), e.getMessage());
        }
    }

    private void unhook(int index) {
        hooked.remove(index);
        String chain = "netdev " + table + " link" + index;
        try {
            rules.take(List.of("flush chain " + chain, "delete chain " + chain));
        } catch (NftException e) {
            LOG.debug("attachment=chain-gone index={} said=\"{}\"", index, e.getMessage());
        }
    }

    // ---- ports

    /** A kernel socket on a published port would never hear of anybody again. */
    private void refusePortsInUse() throws IOException {
        BitSet listening = new BitSet();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc/thread-self/net", table);
            if (Files.exists(file)) {
                Files.readAllLines(file, StandardCharsets.US_ASCII).stream()
                        .skip(1)
                        .map(line -> line.strip().split("\\s+", -1))
                        .filter(words -> words.length > 3 && words[3].equals(LISTEN))
                        .filter(words -> !isLoopback(words[1]))
                        .forEach(words ->
                                listening.set(Integer.parseInt(words[1].substring(words[1].indexOf(':') + 1), 16)));
            }
        }
        for (int published : settings.published()) {
            if (listening.get(published)) {
                throw new IOException("port " + published + " is in use by another program, so it cannot be published:"
                        + " move that program to a loopback address, or stop it");
            }
        }
    }

    /** As /proc/net/tcp writes it: little-endian words. */
    private static boolean isLoopback(String addressAndPort) {
        String address = addressAndPort.substring(0, addressAndPort.indexOf(':'));
        return address.length() == 8 ? address.endsWith("7F") : address.equals("00000000000000000000000001000000");
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                LOG.warn("attachment=left error=\"{}\"", e.toString());
            }
        }
    }
}
