package net.sojourn.testbed.netns;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.EmulatedLink;
import net.sojourn.testbed.link.LinkEnd;
import net.sojourn.testbed.link.LinkForwarder;
import net.sojourn.testbed.link.LinkProcess;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.link.Middlebox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network of {@link Host}s on this machine, apart from the machine's own. Closing removes all of it; so does Ctrl-C;
 * and what a run leaves that was killed hard, the next {@link #create} removes. Several networks, of one process or of
 * many, do not disturb each other. Thread-safe.
 *
 * <p>Needs root, the commands {@code ip} and, for firewall rules, {@code nft}, and {@code /dev/net/tun}.
 */
public final class TestNetwork implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TestNetwork.class);

    private final RunRecord record;
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final Thread closeAtShutdown = new Thread(this::close, "testbed-cleanup");
    private boolean closed;

    private TestNetwork(RunRecord record) {
        this.record = record;
    }

    /**
     * An empty network, after the leftovers of killed runs have been removed.
     *
     * @throws TestbedException if this process may not make namespaces, with the remedy
     */
    public static TestNetwork create() {
        Privileges.require();
        RunRecord.removeLeftovers();
        TestNetwork network = new TestNetwork(RunRecord.create());
        try {
            Runtime.getRuntime().addShutdownHook(network.closeAtShutdown);
        } catch (IllegalStateException e) {
            network.record.remove();
            throw new TestbedException("this process is just ending: no new network", e);
        }
        return network;
    }

    /** Removes what killed runs have left, as {@link #create} does by itself; returns their run ids. */
    public static List<String> removeLeftovers() {
        Privileges.require();
        return RunRecord.removeLeftovers();
    }

    /** The id of this run, part of every name it makes. */
    public String runId() {
        return record.id();
    }

    /** Adds a host with nothing but a loopback device. IPv6 addresses on it are usable at once. */
    public synchronized Host host(String name) {
        requireOpen();
        if (hosts.containsKey(name)) {
            throw new IllegalArgumentException("there is a host " + name + " already");
        }
        Host host = new Host(this, name, record.namespace(name));
        Commands.run(List.of("ip", "netns", "add", host.namespace()), "", Commands.DEFAULT_TIMEOUT)
                .orFail();
        hosts.put(name, host);
        host.ip("link set lo up");
        // No router advertisements and no waiting for duplicates on devices that come later.
        host.run(
                        "sh",
                        "-c",
                        "cd /proc/sys/net/ipv6/conf && for c in all default; do"
                                + " echo 0 > $c/accept_dad && echo 0 > $c/accept_ra && echo 1 > $c/keep_addr_on_down; done")
                .orFail();
        return host;
    }

    /** Wires two hosts with an Ethernet cable (veth); both ends are up, without addresses. */
    public void cable(Host a, String deviceA, Host b, String deviceB) {
        a.ip("link add " + deviceA + " type veth peer name " + deviceB + " netns " + b.namespace());
        a.ip("link set " + deviceA + " up");
        b.ip("link set " + deviceB + " up");
    }

    /**
     * Wires two hosts with an emulated point-to-point link between two new TUN devices, forwarded by threads of this
     * process. Both ends are up, without addresses.
     *
     * @param seed decides all random events of the link; print it when a test fails
     */
    public EmulatedLink link(
            Host a, String deviceA, Host b, String deviceB, LinkSettings aToB, LinkSettings bToA, long seed) {
        return link(a, deviceA, b, deviceB, aToB, bToA, seed, Middlebox.NONE);
    }

    /** As {@link #link}, with {@code middlebox} on the way. */
    public EmulatedLink link(
            Host a,
            String deviceA,
            Host b,
            String deviceB,
            LinkSettings aToB,
            LinkSettings bToA,
            long seed,
            Middlebox middlebox) {
        LinkOpener opener =
                (endA, endB, up, down, chance) -> LinkForwarder.open(endA, endB, up, down, chance, middlebox);
        return link(opener, a, deviceA, b, deviceB, aToB, bToA, seed);
    }

    /** As {@link #link}, forwarded by a process of its own, undisturbed by the load and the pauses of this one. */
    public EmulatedLink linkInProcess(
            Host a, String deviceA, Host b, String deviceB, LinkSettings aToB, LinkSettings bToA, long seed) {
        return link(LinkProcess::open, a, deviceA, b, deviceB, aToB, bToA, seed);
    }

    /** How to open a link: in this process or in another. */
    private interface LinkOpener {
        EmulatedLink open(LinkEnd a, LinkEnd b, LinkSettings aToB, LinkSettings bToA, long seed) throws IOException;
    }

    private EmulatedLink link(
            LinkOpener opener,
            Host a,
            String deviceA,
            Host b,
            String deviceB,
            LinkSettings aToB,
            LinkSettings bToA,
            long seed) {
        requireOpen();
        LinkEnd endA = new LinkEnd(a.namespaceFile(), deviceA);
        LinkEnd endB = new LinkEnd(b.namespaceFile(), deviceB);
        EmulatedLink link;
        try {
            link = own(opener.open(endA, endB, aToB, bToA, seed));
        } catch (IOException e) {
            throw new TestbedException(
                    "cannot join " + deviceA + " on " + a.name() + " and " + deviceB + " on " + b.name() + ": "
                            + e.getMessage(),
                    e);
        }
        bringUp(a, deviceA);
        bringUp(b, deviceB);
        return link;
    }

    private static void bringUp(Host host, String tun) {
        // No link-local address: nobody but the test shall send on the link. The long queue is for links without a
        // rate.
        host.ip("link set " + tun + " addrgenmode none txqueuelen 4096 up");
    }

    /** Has {@code resource} closed with the network, before the hosts are removed; the last one first. */
    public synchronized <T extends AutoCloseable> T own(T resource) {
        requireOpen();
        owned.push(resource);
        return resource;
    }

    /** Where the output of the hosts' processes goes; removed with the network. */
    public Path outputDirectory() {
        return record.directory();
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the network is closed");
        }
    }

    /** Ends processes and links, removes namespaces and files. A second call does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        for (AutoCloseable resource : owned) {
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("while closing {}: {}", resource, e.toString());
            }
        }
        record.remove();
        if (Thread.currentThread() != closeAtShutdown) {
            try {
                Runtime.getRuntime().removeShutdownHook(closeAtShutdown);
            } catch (IllegalStateException shuttingDown) {
                // Then the hook finds the network closed.
            }
        }
    }
}
