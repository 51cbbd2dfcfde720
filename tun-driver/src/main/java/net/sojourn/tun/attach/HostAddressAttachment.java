package net.sojourn.tun.attach;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.netlink.AddressView;
import net.sojourn.tun.netlink.HostNetwork;
import net.sojourn.tun.netlink.Link;
import net.sojourn.tun.netlink.LinkAddress;
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
    private static final int DEFAULT_MTU_BYTES = 1500;
    private static final int LEAST_MTU_BYTES = 576;
    // Documentation addresses: whoever leads there leads everywhere.
    private static final IpAddress FAR_AWAY4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress FAR_AWAY6 = IpAddress.parse("2001:db8::1");
    private static final long REBUILD_PAUSE_MILLIS = 500;
    private static final Pattern OTHER_PORTS = Pattern.compile("table netdev (" + HostAddressRules.TABLE_PREFIX
            + "\\w+) \\{\\s*set ports \\{[^{}]*elements = \\{([^{}]*)\\}");

    private final HostAddressSettings settings;
    private final AddressMonitor monitor;
    private final Consumer<AddressView> follower = this::follow;
    private final Deque<Closeable> opened = new ArrayDeque<>();
    private final HostAddressRules text;
    private final KernelSockets before;
    private final RawOutput port;
    private final HostNetwork host;
    /** By link index: the name of the link whose ingress is hooked. */
    private final Map<Integer, String> hooked = new LinkedHashMap<>();

    private OwnedRules rules;
    private volatile int mtuBytes = DEFAULT_MTU_BYTES;
    private boolean closed;

    private HostAddressAttachment(HostAddressSettings settings, AddressMonitor monitor) throws IOException {
        this.settings = settings;
        this.monitor = monitor;
        this.text = new HostAddressRules(settings);
        boolean complete = false;
        host = HostNetwork.open();
        opened.push(host::close);
        try {
            TunPort tun = TunPort.open(TunSettings.named(settings.tun()));
            opened.push(tun::close);
            port = RawOutput.open(tun, () -> mtuBytes);
            opened.push(port::close);
            refuseOtherAttachments();
            opened.push(ReservedPorts.reserve(settings.tun(), settings.ports()));
            // From here on the kernel gives our ports to nobody by itself: these are the last.
            before = KernelSockets.read();
            refusePortsInUse();
            // Whoever hears at once that they are lost waits until they are ours.
            synchronized (this) {
                rules = openRules();
            }
            opened.push(this::closeRules);
            monitor.listen(follower);
            opened.push(() -> monitor.forget(follower));
            follow(monitor.view());
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
     * @throws AttachException if somebody else has one of the ports
     * @throws IOException saying what is in the way and what to do; nothing is left behind then
     */
    public static HostAddressAttachment open(HostAddressSettings settings, AddressMonitor monitor) throws IOException {
        return new HostAddressAttachment(settings, monitor);
    }

    /** What such an attachment would change on the host, a line each; the chains of links come on top. */
    public static List<String> plan(HostAddressSettings settings) {
        HostAddressRules text = new HostAddressRules(settings);
        List<String> plan = new ArrayList<>();
        plan.add("make TUN device " + settings.tun() + ", without addresses, up");
        plan.add("add " + ReservedPorts.text(settings.ports()) + " to net.ipv4.ip_local_reserved_ports");
        text.tables().forEach(table -> plan.add("nft add table " + table + " { flags owner; }"));
        text.fixed().forEach(line -> plan.add("nft " + line));
        return plan;
    }

    @Override
    public synchronized List<String> plan() {
        List<String> plan = plan(settings);
        hooked.forEach((index, name) -> text.hook(index, name).forEach(line -> plan.add("nft " + line)));
        return plan;
    }

    @Override
    public PacketPort port() {
        return port;
    }

    /** Packets of the stack that did not leave this host, by cause, for people. */
    public String losses() {
        return port.losses();
    }

    // ---- rules

    private OwnedRules openRules() throws NftException {
        OwnedRules opening = OwnedRules.open(text.tables(), this::rebuild);
        try {
            List<String> lines = new ArrayList<>(text.fixed());
            lines.addAll(text.except(before.connections(settings.ports()::get)));
            opening.take(lines);
            return opening;
        } catch (NftException e) {
            opening.close();
            throw e;
        }
    }

    /** Somebody ended nft, so the kernel has our ports again and resets our connections: each moment counts. */
    private void rebuild(OwnedRules lost) {
        while (true) {
            synchronized (this) {
                if (closed || rules != lost) {
                    return;
                }
                LOG.warn("attachment=rules-lost tun={} action=\"making them again\"", settings.tun());
                try {
                    lost.close();
                    rules = openRules();
                    hooked.clear();
                    follow(monitor.view());
                    return;
                } catch (NftException e) {
                    LOG.error("attachment=no-rules tun={} error=\"{}\"", settings.tun(), e.getMessage());
                }
            }
            try {
                TimeUnit.MILLISECONDS.sleep(REBUILD_PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private synchronized void closeRules() {
        rules.close();
    }

    /** Hooks the ingress of links that have come, forgets those that have gone, and learns the narrowest MTU. */
    private synchronized void follow(AddressView view) {
        if (closed) {
            return;
        }
        port.sources(sources(view));
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

    private List<RawOutput.Source> sources(AddressView view) {
        List<RawOutput.Source> sources = new ArrayList<>();
        for (LinkAddress address : view.addresses()) {
            Link link = view.links().get(address.linkIndex());
            if (link != null && link.up() && !link.loopback() && leadsOut(link, address.address())) {
                sources.add(new RawOutput.Source(address.address(), link.index(), link.name()));
            } else {
                sources.add(new RawOutput.Source(address.address(), 0, ""));
            }
        }
        return sources;
    }

    private boolean leadsOut(Link link, IpAddress address) {
        try {
            return !address.isLinkLocal()
                    && host.leadsBy(link.index(), address, address.isIpv4() ? FAR_AWAY4 : FAR_AWAY6);
        } catch (IOException e) {
            LOG.debug("attachment=no-way link={} error=\"{}\"", link.name(), e.getMessage());
            return false;
        }
    }

    private void hook(Link link) {
        if (hooked.containsKey(link.index())) {
            unhook(link.index());
        }
        try {
            if (link.name().matches(".*[^!-~].*|.*\".*")) {
                throw new NftException("a name that nft cannot read");
            }
            rules.take(text.hook(link.index(), link.name()));
            hooked.put(link.index(), link.name());
        } catch (NftException e) {
            LOG.warn("attachment=link-without-rules link={} error=\"{}\"", link.name(), e.getMessage());
        }
    }

    private void unhook(int index) {
        hooked.remove(index);
        try {
            rules.take(text.unhook(index));
        } catch (NftException e) {
            LOG.debug("attachment=chain-gone index={} said=\"{}\"", index, e.getMessage());
        }
    }

    // ---- ports

    private void refuseOtherAttachments() throws IOException {
        Matcher sets = OTHER_PORTS.matcher(OwnedRules.print("list", "sets"));
        while (sets.find()) {
            BitSet shared = ReservedPorts.parse(sets.group(2));
            shared.and(settings.ports());
            // One of our own name is a leftover, since the device was not taken.
            if (!shared.isEmpty() && !sets.group(1).equals(HostAddressRules.tableOf(settings.tun()))) {
                throw new AttachException(
                        AttachException.Reason.OTHER_ATTACHMENT,
                        "another attachment (nftables table " + sets.group(1) + ") has the ports "
                                + ReservedPorts.text(shared) + ": stop it, or choose other ports");
            }
        }
    }

    /** A kernel socket on one of our ports never hears of anybody new again. */
    private void refusePortsInUse() throws IOException {
        for (int listening : before.listening()) {
            if (settings.published().contains(listening)) {
                throw new AttachException(
                        AttachException.Reason.PORT_IN_USE,
                        "port " + listening + " is in use by another program, so it cannot be published:"
                                + " move that program to a loopback address, or stop it");
            }
            if (settings.ports().get(listening)) {
                LOG.warn(
                        "attachment=listener-cut-off port={} remedy=\"let the program listen on a loopback address, or"
                                + " choose other ports for the stack\"",
                        listening);
            }
        }
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
