package net.sojourn.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.Request;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import net.sojourn.testbed.topology.Uplink;

/** A laptop between two networks and a server, the same round-trip time either way, and one conversation between them. */
final class MoveArena implements AutoCloseable {

    private static final int PORT = 40_000;
    private static final String QUIC_PEER = "sojourn.quic.peer";
    private static final Duration START = Duration.ofSeconds(40);
    private static final long GONE_MILLIS = 500;
    private static final long NEWS_NANOS = 1_000_000_000;
    private static final List<String> JVM_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-Xms64m",
            "-Xmx512m",
            "-Xmn24m",
            "-XX:MetaspaceSize=128m",
            "-XX:MaxDirectMemorySize=1g",
            "--enable-native-access=ALL-UNNAMED");

    private final Mobility mobility;
    private final int rttMillis;
    private final MobilityTopology topology;
    private final Path folder;
    private final HostProcess server;
    private final HostProcess laptop;
    private boolean onWifi = true;

    MoveArena(Mobility mobility, int rttMillis) throws IOException {
        this.mobility = mobility;
        this.rttMillis = rttMillis;
        LinkSettings link =
                LinkSettings.delay(Duration.ofMillis(rttMillis).dividedBy(2)).withRate(100_000_000);
        topology = MobilityTopology.create(
                TopologySettings.IPV4.withWifi(link).withMobile(link).withLinksInProcesses(true));
        try {
            folder = topology.network().outputDirectory();
            if (mobility == Mobility.MPTCP) {
                for (Host host : List.of(topology.laptop(), topology.server())) {
                    host.sysctl("net.mptcp.enabled", "1");
                    host.run("ip", "mptcp", "limits", "set", "subflows", "4", "add_addr_accepted", "4")
                            .orFail();
                }
            }
            server = start(topology.server(), "listen", "");
            server.awaitOutput(MovePeer.READY, START);
            laptop =
                    start(topology.laptop(), "connect", topology.serverAddress().toString());
            laptop.awaitOutput(MovePeer.CONNECTED, START);
            server.awaitOutput(MovePeer.CONNECTED, START);
            pause(1_000);
        } catch (IOException | RuntimeException e) {
            topology.close();
            throw e;
        }
    }

    private HostProcess start(Host host, String role, String address) throws IOException {
        List<String> command = new ArrayList<>();
        if (mobility.isSojourn()) {
            Path config = folder.resolve(host.name() + ".toml");
            String uplinks = role.equals("connect") ? "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n" : "";
            Files.writeString(
                    config,
                    "[control]\nsocket = \"" + control(host) + "\"\n[migrate]\nsuite = \""
                            + (mobility == Mobility.M2 ? "m2" : "classic") + "\"\n[socks5]\nenabled = false\n"
                            + uplinks);
            command.addAll(JavaProgram.command(JVM_FLAGS, MovePeer.class, config.toString(), role, "" + PORT, address));
        } else if (mobility == Mobility.QUIC) {
            command.addAll(quicPeer(role, address));
        } else {
            Path program = folder.resolve("moving.py");
            try (InputStream in = MoveArena.class.getResourceAsStream("/net/sojourn/benchmarks/peers/moving.py")) {
                if (in == null) {
                    throw new IOException("the source of moving.py is not in the program");
                }
                Files.write(program, in.readAllBytes());
            }
            String kind = mobility == Mobility.MPTCP ? "mptcp" : "tcp";
            command.addAll(List.of("python3", "-u", program.toString(), kind, role, "" + PORT, address));
        }
        command.removeIf(String::isEmpty);
        return host.start(command);
    }

    /** Of a class path of its own: it has another Netty than this program. */
    private List<String> quicPeer(String role, String address) throws IOException {
        String built = System.getProperty(QUIC_PEER);
        if (built == null || !Files.exists(Path.of(built, "quic-peer.jar"))) {
            throw new IOException("there is no quic-peer.jar in the folder of -D" + QUIC_PEER
                    + ": start the bench by ./sojourn, or build the module quic-peer");
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                Path.of(built, "quic-peer.jar") + File.pathSeparator + Path.of(built, "lib", "*"),
                "net.sojourn.quicpeer.QuicPeer",
                role,
                "" + PORT,
                address);
    }

    /** What one move cost, in milliseconds: to the server and to the laptop. */
    record Silence(double toServerMillis, double toLaptopMillis) {}

    /** The old network goes, half a second later another is there: from then to the first new octet. */
    Silence afterBreak() throws IOException {
        Uplink from = onWifi ? topology.wifi() : topology.mobile();
        Uplink to = onWifi ? topology.mobile() : topology.wifi();
        Cidr address = next();
        forgetEndpoints();
        from.leave();
        pause(GONE_MILLIS + rttMillis);
        to.attach(address);
        announce(to, address);
        long usableNanos = System.nanoTime();
        tellApplication();
        return silence(usableNanos, 0);
    }

    /** The new network comes, whoever can is asked to go there, and the old one goes five round trips later: the longest silence. */
    Silence beforeBreak() throws IOException {
        Uplink from = onWifi ? topology.wifi() : topology.mobile();
        Uplink to = onWifi ? topology.mobile() : topology.wifi();
        Cidr address = next();
        long beginNanos = System.nanoTime();
        to.attach(address);
        announce(to, address);
        askForMove(address);
        tellApplication();
        pause(5L * rttMillis + 200);
        forgetEndpoints(address);
        from.leave();
        return silence(beginNanos, 1);
    }

    private Cidr next() {
        onWifi = !onWifi;
        return onWifi
                ? topology.addresses().laptopOnWifiAgain()
                : topology.addresses().laptopOnMobile();
    }

    /** What mptcpd or a network manager does. */
    private void announce(Uplink uplink, Cidr address) {
        if (mobility == Mobility.MPTCP) {
            topology.laptop()
                    .run("ip", "mptcp", "endpoint", "add", "" + address.address(), "dev", uplink.device(), "subflow")
                    .orFail();
        }
    }

    /** What a person does by {@code sojourn migrate --to}; by themselves daemons leave a network that works for a better one only. */
    private void askForMove(Cidr address) throws IOException {
        if (!mobility.isSojourn()) {
            return;
        }
        Request order = new Request.Migrate(
                Optional.empty(), Optional.of(address.address().toString()));
        long giveUpNanos = System.nanoTime() + NEWS_NANOS;
        try (ControlClient client = ControlClient.open(control(topology.laptop()))) {
            boolean moving = false;
            while (!moving) {
                try {
                    client.ask(order);
                    moving = true;
                } catch (IOException e) {
                    // The daemon may hear of the address a moment later than we.
                    if (System.nanoTime() > giveUpNanos) {
                        throw e;
                    }
                    pause(1);
                }
            }
        }
    }

    private Path control(Host host) {
        return folder.resolve(host.name() + ".control");
    }

    private void forgetEndpoints() {
        if (mobility == Mobility.MPTCP) {
            topology.laptop().run("ip", "mptcp", "endpoint", "flush").orFail();
        }
    }

    /** All but that of {@code stays}. */
    private void forgetEndpoints(Cidr stays) {
        if (mobility == Mobility.MPTCP) {
            String shown = topology.laptop()
                    .run("ip", "mptcp", "endpoint", "show")
                    .orFail()
                    .output();
            shown.lines()
                    .filter(line -> !line.startsWith(stays.address() + " "))
                    .forEach(line -> {
                        String[] words = line.split(" ");
                        topology.laptop()
                                .run("ip", "mptcp", "endpoint", "delete", "id", words[2])
                                .orFail();
                    });
        }
    }

    private void tellApplication() throws IOException {
        if (mobility == Mobility.RECONNECT) {
            say(laptop, "moved");
        }
    }

    private Silence silence(long sinceNanos, int which) throws IOException {
        pause(8L * rttMillis + 1_500);
        return new Silence(ask(server, sinceNanos, which), ask(laptop, sinceNanos, which));
    }

    private static double ask(HostProcess peer, long sinceNanos, int which) throws IOException {
        long before = results(peer.output());
        say(peer, "" + sinceNanos);
        String output = peer.awaitOutput(
                "a result", text -> text.contains("failed") || results(text) > before && text.endsWith("\n"), START);
        String result = output.lines()
                .filter(line -> line.startsWith(MovePeer.RESULT))
                .reduce((first, last) -> last)
                .orElseThrow(() -> new TestbedException("the peer says: " + output.strip()));
        long nanos = Long.parseLong(result.substring(MovePeer.RESULT.length()).split(" ")[which]);
        if (nanos < 0) {
            throw new TestbedException("nothing has arrived since the move: " + output.strip());
        }
        return nanos / 1e6;
    }

    private static long results(String text) {
        return text.lines().filter(line -> line.startsWith(MovePeer.RESULT)).count();
    }

    private static void say(HostProcess peer, String line) throws IOException {
        peer.standardInput().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        peer.standardInput().flush();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while a move was measured", e);
        }
    }

    @Override
    public void close() {
        topology.close();
    }
}
