package net.sojourn.testbed.netns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.TestbedException;
import net.sojourn.tun.host.NetworkNamespace;

/**
 * A host of the testbed: one network namespace with its own devices, addresses, routes, firewall and processes. Belongs
 * to a {@link TestNetwork}, which removes it. Thread-safe as the kernel is: calls may come from any thread.
 */
public final class Host {

    private final TestNetwork network;
    private final String name;
    private final String namespace;
    private final AtomicInteger started = new AtomicInteger();

    Host(TestNetwork network, String name, String namespace) {
        this.network = network;
        this.name = name;
        this.namespace = namespace;
    }

    /** The name it was made with, such as {@code laptop}. */
    public String name() {
        return name;
    }

    /** What it belongs to. */
    public TestNetwork network() {
        return network;
    }

    /** The name of its namespace, for {@code ip netns exec}; unique to the run. */
    public String namespace() {
        return namespace;
    }

    /** The file to open for setns(2). */
    public Path namespaceFile() {
        return Path.of("/run/netns", namespace);
    }

    /**
     * Runs lines of the {@code ip} command, such as {@code addr add 10.0.0.1/24 dev eth0}, in one process.
     *
     * @throws TestbedException with the first line that failed; the lines before it have been carried out
     */
    public Host ip(String... lines) {
        CommandResult result = Commands.run(
                List.of("ip", "-n", namespace, "-batch", "-"),
                String.join("\n", lines) + "\n",
                Commands.DEFAULT_TIMEOUT);
        if (!result.succeeded()) {
            throw new TestbedException("on host " + name + ", of [" + String.join("; ", lines) + "]: "
                    + result.errors().strip());
        }
        return this;
    }

    /** Adds an address. IPv6 addresses are usable at once: no duplicate address detection. */
    public Host address(String device, Cidr address) {
        return ip("addr add " + address + " dev " + device + (address.isIpv4() ? "" : " nodad"));
    }

    /** The default route of {@code gateway}'s family through a device. */
    public Host defaultRoute(IpAddress gateway, String device) {
        return ip("route replace " + (gateway.isIpv4() ? "0.0.0.0/0" : "::/0") + " via " + gateway + " dev " + device);
    }

    /** A bridge, up, with the given devices as its ports. */
    public Host bridge(String bridge, String... ports) {
        List<String> lines =
                new ArrayList<>(List.of("link add " + bridge + " type bridge", "link set " + bridge + " up"));
        for (String port : ports) {
            lines.add("link set " + port + " master " + bridge);
        }
        return ip(lines.toArray(String[]::new));
    }

    /** Sets a kernel setting of this host, its key as in sysctl(8): {@code net.ipv4.ip_forward}. */
    public Host sysctl(String key, String value) {
        // A device's name may hold dots; as in sysctl(8), they are written as slashes in the key then.
        String path =
                "/proc/sys/" + key.replace('.', '\u0001').replace('/', '.').replace('\u0001', '/');
        CommandResult result = run("sh", "-c", "printf '%s\\n' \"$1\" > \"$2\"", "sh", value, path);
        if (!result.succeeded()) {
            throw new TestbedException("on host " + name + ", cannot set " + key + " = " + value + ": "
                    + result.errors().strip());
        }
        return this;
    }

    /** Makes it a router, for both families. */
    public Host forwarding() {
        return sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
    }

    /** Loads nftables rules, in the language of nft(8), in one transaction. */
    public Host nft(String rules) {
        Commands.run(
                        List.of("ip", "netns", "exec", namespace, "nft", "-f", "-"),
                        rules.strip() + "\n",
                        Commands.DEFAULT_TIMEOUT)
                .orFail();
        return this;
    }

    /** Makes programs on this host ask {@code server} for names. Takes effect for processes started afterwards. */
    public Host nameServer(IpAddress server) {
        try {
            Path directory = Files.createDirectories(Path.of("/etc/netns", namespace));
            Files.writeString(
                    directory.resolve("resolv.conf"), "nameserver " + server + "\noptions timeout:1 attempts:3\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Runs a command to its end, at most 60 s. */
    public CommandResult run(String... command) {
        return run(Commands.DEFAULT_TIMEOUT, command);
    }

    /** Runs a command to its end. @throws TestbedException if it runs longer than {@code timeout}; it is ended then */
    public CommandResult run(Duration timeout, String... command) {
        return Commands.run(inNamespace(List.of(command)), "", timeout);
    }

    /** Starts a command, which then runs beside the caller until it ends, is closed, or the network is. */
    public HostProcess start(String... command) {
        return start(List.of(command));
    }

    /** As {@link #start(String...)}. */
    public HostProcess start(List<String> command) {
        Path program = Path.of(command.get(0)).getFileName();
        Path output = network.outputDirectory()
                .resolve(name + "-" + started.incrementAndGet() + "-" + (program == null ? "command" : program)
                        + ".log");
        try {
            // ip(8) replaces itself by the command, so the process id is the command's.
            Process process = new ProcessBuilder(inNamespace(command))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return network.own(new HostProcess(command, process, output));
        } catch (IOException e) {
            throw new TestbedException("cannot start " + command + " on host " + name, e);
        }
    }

    /** A listening kernel socket of this host on all its addresses; usable by any thread. */
    public ServerSocket listen(int port) throws IOException {
        return call(() -> new ServerSocket(port));
    }

    /** A connected kernel socket of this host; usable by any thread. */
    public Socket connect(IpAddress address, int port, Duration timeout) throws IOException {
        return call(() -> {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(address.toInetAddress(), port), (int) timeout.toMillis());
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        });
    }

    /**
     * Runs Java code inside this host. What the kernel makes for it there, belongs to the host for good and may be used by
     * any thread. Beware of objects that ask the kernel later: {@code new Socket()} makes its socket when it is bound or
     * connected, so do that inside as well.
     *
     * @throws IOException what {@code task} threw, or if the namespace cannot be entered
     */
    public <T> T call(Callable<T> task) throws IOException {
        return NetworkNamespace.call(namespaceFile(), task);
    }

    private List<String> inNamespace(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(command);
        return whole;
    }

    @Override
    public String toString() {
        return name + " (" + namespace + ")";
    }
}
