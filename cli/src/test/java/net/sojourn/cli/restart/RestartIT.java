package net.sojourn.cli.restart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import net.sojourn.cli.Sojourn;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.stack.TcpState;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import net.sojourn.tun.host.NetworkNamespace;
import net.sojourn.tun.host.RunFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A transfer under way outlives the process whose stack carries it, on real hosts; docs/restart.md. Needs root. */
@Timeout(120)
class RestartIT {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** Some seconds of a transfer, and what was sent. */
    private static final String SENDER = """
            import hashlib, random, socket, sys, time
            listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
            print("listening", flush=True)
            peer, _ = listener.accept()
            text = random.Random(7).randbytes(12_000_000)
            for i in range(0, len(text), 20_000):
                peer.sendall(text[i:i + 20_000])
                time.sleep(0.008)
            print("sent", hashlib.sha256(text).hexdigest(), flush=True)
            peer.shutdown(socket.SHUT_WR)
            print("heard", peer.recv(100).decode(), flush=True)
            """;

    /** Through SOCKS5 by hand; says how far it has come, and whether the end came at once behind the text. */
    private static final String CLIENT = """
            import hashlib, socket, sys, time
            proxy = socket.create_connection(("127.0.0.1", 1080))
            proxy.sendall(bytes([5, 1, 0]))
            assert proxy.recv(2) == bytes([5, 0])
            proxy.sendall(bytes([5, 1, 0, 1]) + socket.inet_aton(sys.argv[1]) + int(sys.argv[2]).to_bytes(2, "big"))
            assert proxy.recv(10)[1] == 0
            text = b""
            while True:
                some = proxy.recv(65536)
                if not some:
                    break
                if len(text) // 500000 != (len(text) + len(some)) // 500000:
                    print((len(text) + len(some)) // 500000 * 500000, "octets", flush=True)
                text += some
            print("sha256", hashlib.sha256(text).hexdigest(), flush=True)
            proxy.sendall(b"thanks")
            proxy.shutdown(socket.SHUT_WR)
            print("at once" if proxy.recv(1) == b"" else "never", flush=True)
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void own() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    private Path state() {
        return folder.resolve("laptop.state");
    }

    private Path configuration(String host, String rest) throws IOException {
        String common = "[control]\nsocket = \"" + folder.resolve(host + ".control") + "\"\n[restart]\nstate_file = \""
                + folder.resolve(host + ".state") + "\"\n";
        return Files.writeString(folder.resolve(host + ".toml"), common + rest);
    }

    /** On the server, and ready for whoever connects. */
    private static HostProcess sender(MobilityTopology topology, String address, int port) {
        HostProcess sender = topology.server().start("python3", "-u", "-c", SENDER, address, String.valueOf(port));
        sender.awaitOutput("listening", PATIENCE);
        return sender;
    }

    private HostProcess download(MobilityTopology topology, Path config, int port) {
        return topology.laptop()
                .start(JavaProgram.command(
                        KeptDownload.class,
                        config.toString(),
                        topology.serverAddress().toString(),
                        String.valueOf(port),
                        folder.resolve("download").toString()));
    }

    /** A download whose daemon was stopped in order when that many octets were there. */
    private HostProcess stoppedAt(long octets, MobilityTopology topology, Path config, int port) throws Exception {
        HostProcess download = download(topology, config, port);
        awaitOctets(download, octets);
        terminate(download);
        return download;
    }

    private Path laptopWithoutSocks(String more) throws IOException {
        return configuration(
                "laptop", "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n[socks5]\nenabled = false\n" + more);
    }

    private void awaitOctets(HostProcess download, long octets) throws Exception {
        Path file = folder.resolve("download");
        for (int i = 0; i < 3000 && (!Files.exists(file) || Files.size(file) < octets); i++) {
            Thread.sleep(10);
        }
        assertTrue(
                Files.size(file) >= octets && Files.size(file) < 11_000_000,
                "at " + Files.size(file) + ": " + download.output());
    }

    private static void terminate(HostProcess process) throws Exception {
        ProcessHandle.of(process.pid()).orElseThrow().destroy();
        process.awaitExit(PATIENCE);
    }

    private static String tables(Host host) {
        return host.run("nft", "list", "ruleset").orFail().output();
    }

    private void assertWhole(HostProcess sender, HostProcess download) {
        String sent;
        try {
            sent = sender.awaitOutput("heard thanks", PATIENCE).replaceAll("(?s).*sent ([0-9a-f]+).*", "$1");
        } catch (TestbedException e) {
            throw new AssertionError(download.output(), e);
        }
        assertEquals(0, download.awaitExit(PATIENCE), download::output);
        assertTrue(download.output().contains("sha256 " + sent), () -> download.output() + sender.output());
    }

    /** The peer is a kernel that knows nothing of Migrate, on the same path all the time. */
    @Test
    void aKernelPeerDoesNotNotice() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            HostProcess sender = sender(topology, topology.serverAddress().toString(), 7070);
            Path config = laptopWithoutSocks("");
            HostProcess first = stoppedAt(2_000_000, topology, config, 7070);
            assertTrue(first.output().contains("stopped: "), first::output);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state())));
            String guarded = tables(topology.laptop());
            assertTrue(guarded.contains("sojourn_guard_sj0") && !guarded.contains("fwd"), guarded);

            HostProcess second = download(topology, config, 7070);
            second.awaitOutput("resumed at ", PATIENCE);
            assertFalse(Files.exists(state()));
            assertFalse(tables(topology.laptop()).contains("guard"));
            assertWhole(sender, second);
            assertEquals("", tables(topology.laptop()).strip());
            assertLeft(List.of("download", "laptop.toml"));
        }
    }

    /**
     * The laptop is carried to another network while nobody is there; the peer speaks Migrate. The file is where it is by
     * default: each namespace has one of its own.
     */
    @Test
    void aMigratePeerIsFoundFromAnotherAddress() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            Path server = configuration(
                    "server",
                    "[migrate]\nsuite = \"m2\"\n[socks5]\nenabled = false\n"
                            + "[[publish]]\nport = 7007\nto = \"127.0.0.1:7008\"\n");
            HostProcess daemon = topology.server()
                    .start(JavaProgram.command(Sojourn.class, "daemon", "run", "--config", server.toString()));
            daemon.awaitOutput("sojourn: running", PATIENCE);
            HostProcess sender = sender(topology, "127.0.0.1", 7008);
            Path config = Files.writeString(
                    folder.resolve("laptop.toml"),
                    "[control]\nsocket = \"" + folder.resolve("laptop.control") + "\"\n[socks5]\nenabled = false\n");
            Path ownPlace = RunFolder.PATH.resolve(
                    "sj0-" + topology.laptop().call(NetworkNamespace::ownNumber) + ".connections");
            HostProcess first = stoppedAt(1_000_000, topology, config, 7007);
            assertTrue(Files.exists(ownPlace), first::output);
            topology.wifiToMobile();
            HostProcess second = download(topology, config, 7007);
            second.awaitOutput("resumed at ", PATIENCE);
            assertWhole(sender, second);
            assertFalse(Files.exists(ownPlace));
        }
    }

    /** Whoever is killed leaves no file and no rule, and the next start begins with nothing. */
    @Test
    void whoIsKilledLeavesNothing() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            HostProcess sender = sender(topology, topology.serverAddress().toString(), 7070);
            HostProcess first = download(topology, laptopWithoutSocks(""), 7070);
            awaitOctets(first, 500_000);
            first.kill();
            for (int i = 0; i < 200 && !tables(topology.laptop()).isBlank(); i++) {
                Thread.sleep(20);
            }
            assertEquals("", tables(topology.laptop()).strip());
            assertFalse(Files.exists(state()));
        }
    }

    /** A file that somebody has touched is not used, and does not keep the daemon from starting. */
    @Test
    void aDamagedFileIsSetAside() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            HostProcess sender = sender(topology, topology.serverAddress().toString(), 7070);
            Path config = laptopWithoutSocks("");
            HostProcess first = stoppedAt(500_000, topology, config, 7070);
            byte[] octets = Files.readAllBytes(state());
            octets[octets.length / 2] ^= 1;
            Files.write(state(), octets);
            HostProcess daemon = topology.laptop()
                    .start(JavaProgram.command(Sojourn.class, "daemon", "run", "--config", config.toString()));
            String said = daemon.awaitOutput("sojourn: running", PATIENCE);
            assertTrue(said.contains("restart=refused reason=DAMAGED"), said);
            terminate(daemon);
            assertLeft(List.of("download", "laptop.state.unreadable", "laptop.toml"));
        }
    }

    /** Programs of either host, which know nothing of it, go on while both daemons are replaced under them. */
    @Test
    void socksAndPublishedConnectionsOutliveAnUpgrade() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            HostProcess there = daemon(
                    topology.server(),
                    configuration(
                            "server",
                            "[socks5]\nenabled = false\n[[publish]]\nport = 7007\nto = \"127.0.0.1:7008\"\n"));
            HostProcess here =
                    daemon(topology.laptop(), configuration("laptop", "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n"));
            HostProcess sender = sender(topology, "127.0.0.1", 7008);
            HostProcess client = topology.laptop()
                    .start(
                            "python3",
                            "-u",
                            "-c",
                            CLIENT,
                            topology.serverAddress().toString(),
                            "7007");
            client.awaitOutput("1000000 octets", PATIENCE);
            upgrade(topology.laptop(), "laptop", here);
            upgrade(topology.server(), "server", there);
            upgrade(topology.laptop(), "laptop", here);
            String sent = sender.awaitOutput("heard thanks", PATIENCE).replaceAll("(?s).*sent ([0-9a-f]+).*", "$1");
            assertEquals(0, client.awaitExit(PATIENCE), client::output);
            assertTrue(client.output().contains("sha256 " + sent), () -> client.output() + sender.output());
            assertTrue(client.output().contains("at once"), client::output);
            awaitClosed("laptop");
            awaitClosed("server");
            for (HostProcess daemon : List.of(here, there)) {
                terminate(daemon);
                assertFalse(
                        daemon.output().contains("restart=") || daemon.output().contains("relay="), daemon::output);
            }
            assertLeft(List.of("laptop.toml", "server.toml"));
        }
    }

    private HostProcess daemon(Host host, Path config) {
        HostProcess daemon =
                host.start(JavaProgram.command(Sojourn.class, "daemon", "run", "--config", config.toString()));
        daemon.awaitOutput("sojourn: running", PATIENCE);
        return daemon;
    }

    private void upgrade(Host host, String name, HostProcess daemon) {
        CommandResult said = host.run(JavaProgram.command(
                        Sojourn.class,
                        "daemon",
                        "upgrade",
                        "--control",
                        folder.resolve(name + ".control").toString())
                .toArray(String[]::new));
        assertTrue(said.output().contains("process " + daemon.pid() + ", "), () -> said + daemon.output());
        assertTrue(daemon.isAlive());
    }

    /** Programs are told of the end before their connection has it: until then it is worth being kept. */
    private void awaitClosed(String name) throws Exception {
        try (ControlClient client = ControlClient.open(folder.resolve(name + ".control"))) {
            Reply.Connections reply;
            do {
                Thread.sleep(10);
                reply = (Reply.Connections) client.ask(new Request.Connections());
            } while (reply.connections().stream()
                    .anyMatch(connection -> !connection.state().equals(TcpState.TIME_WAIT.toString())));
        }
    }

    private void assertLeft(List<String> names) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(
                    names,
                    left.map(path -> path.getFileName().toString()).sorted().toList());
        }
    }
}
