package net.sojourn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.testbed.dns.BindServer;
import net.sojourn.testbed.dns.BindSettings;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command against a daemon that runs, on a laptop with a connection and a name. Needs root. */
class CommandsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern CONNECTION_ID = Pattern.compile("\"id\":(\\d+)");

    @TempDir
    Path folder;

    // Set before each test.
    @SuppressWarnings("NullAway.Init")
    private MobilityTopology topology;

    @SuppressWarnings("NullAway.Init")
    private BindServer bind;

    @BeforeEach
    void buildNetwork() throws Exception {
        topology = MobilityTopology.create(TopologySettings.IPV4);
        InetSocketAddress listen =
                new InetSocketAddress(topology.nameServerAddress().toInetAddress(), 53);
        bind = BindServer.start(BindSettings.of("mob.test", listen)
                .tsigHost("laptop-key", "laptop")
                .inNamespace(topology.nameServer().namespace()));
    }

    @AfterEach
    void removeNetwork() {
        bind.close();
        topology.close();
    }

    @Test
    void statusConnectionsMigrateAndDns() throws Exception {
        daemon(topology.server(), "[socks5]\nenabled = false\n[[publish]]\nport = 80\nto = \"127.0.0.1:8000\"\n");
        HostProcess laptop = daemon(topology.laptop(), """
                [uplinks]
                include = ["wlan0", "wwan0"]
                [dns]
                names = ["laptop.mob.test"]
                zone = "mob.test"
                servers = ["%s"]
                key_file = "%s"
                state_file = "%s"
                """.formatted(
                        topology.nameServerAddress(), bind.tsigKeyFile("laptop-key"), folder.resolve("dns.state")));
        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(control("laptop"))));
        slowServer(topology.server());
        topology.laptop()
                .start("curl", "-sSN", "--socks5", "127.0.0.1:1080", "http://" + topology.serverAddress() + "/");
        String listed = "";
        for (int i = 0; i < 100 && !listed.contains("\"migratable\":true"); i++) {
            Thread.sleep(100);
            listed = good("connections", "--json");
        }
        Matcher id = CONNECTION_ID.matcher(listed);
        assertTrue(id.find(), listed);

        String table = good("connections");
        assertTrue(table.startsWith("ID") && table.contains(topology.serverAddress() + ":80"), table);
        String status = good("status");
        assertTrue(status.contains("attachment   host-address by sj0"), status);
        assertTrue(status.contains("addresses    " + topology.laptopAddress().orElseThrow()), status);
        assertTrue(good("status", "--json").contains("\"migratable\":1"), status);

        // A second uplink, which the kernel would not choose: only an order moves the connection there.
        topology.mobile().attach(topology.addresses().laptopOnMobile());
        String mobileAddress = topology.addresses().laptopOnMobile().address().toString();
        Thread.sleep(500);
        assertFalse(good("connections").contains(mobileAddress));
        String moved = good("migrate", id.group(1), "--to", mobileAddress);
        assertTrue(moved.contains(mobileAddress) && moved.contains("STARTED"), moved);
        awaitLine("connections", mobileAddress + ":");
        assertTrue(good("migrate", "--all", "--json").contains("\"outcome\":\"STARTED\""));
        awaitLine("connections", topology.addresses().laptopOnWifi().address() + ":");

        assertTrue(good("dns", "push").contains("name=laptop.mob.test"));
        awaitLine("dns show", "state=IN_SYNC");
        assertTrue(good("dns", "show", "--json").contains("\"configured\":true"));

        assertFails(1, "no connection 999999", "migrate", "999999");
        assertFails(1, "is no address of ours", "migrate", "--all", "--to", "203.0.113.9");
        assertFails(2, "name one CONNECTION, or --all", "migrate");

        laptop.kill();
        laptop.awaitExit(PATIENCE);
        awaitNothingLeft(topology.laptop());
        assertFails(1, "no daemon answers", "status");
    }

    @Test
    void wrongConfigurationIsRefusedWithEverythingThatIsWrong() throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong.toml"), """
                [attachment]
                mode = "host-adress"
                tunn = "sj0"
                [socks5]
                listen = "1080"
                """);
        for (String command : List.of("run", "check")) {
            CommandResult refused = run("daemon", command, "--config", wrong.toString());
            assertEquals(2, refused.exitCode(), refused::toString);
            assertTrue(
                    refused.errors().contains("wrong.toml:2:")
                            && refused.errors().contains("attachment.mode"),
                    refused::errors);
            assertTrue(refused.errors().contains("attachment.tun"), refused::errors);
            assertTrue(refused.errors().contains("socks5.listen"), refused::errors);
        }
        Path sample = Files.writeString(
                folder.resolve("sample.toml"), run("daemon", "sample").output());
        assertEquals(0, run("daemon", "check", "--config", sample.toString()).exitCode());
    }

    // ---- daemons and commands

    private Path control(String host) {
        return folder.resolve(host + ".control");
    }

    private HostProcess daemon(Host host, String toml) throws IOException {
        Path config = folder.resolve(host.name() + ".toml");
        Files.writeString(
                config,
                toml + "\n[control]\nsocket = \"" + control(host.name()) + "\"\n[restart]\nkeep_connections = false\n");
        HostProcess daemon = host.start(command("daemon", "run", "--config", config.toString()));
        daemon.awaitOutput("sojourn: running", PATIENCE);
        return daemon;
    }

    private static void slowServer(Host host) {
        host.start("python3", "-u", "-c", """
                import socket, time
                listener = socket.create_server(("127.0.0.1", 8000))
                print("listening", flush=True)
                peer, _ = listener.accept()
                peer.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
                while True:
                    peer.sendall(b"x" * 100)
                    time.sleep(0.05)
                """).awaitOutput("listening", PATIENCE);
    }

    private static List<String> command(String... arguments) {
        return JavaProgram.command(List.of("-XX:TieredStopAtLevel=1"), Sojourn.class, arguments);
    }

    private CommandResult run(String... arguments) {
        return topology.laptop().run(command(arguments).toArray(String[]::new));
    }

    /** Asks the laptop's daemon. */
    private CommandResult ask(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--control");
        all.add(control("laptop").toString());
        return run(all.toArray(String[]::new));
    }

    private String good(String... arguments) {
        CommandResult result = ask(arguments);
        assertEquals(0, result.exitCode(), result::toString);
        return result.output();
    }

    private void assertFails(int exitCode, String message, String... arguments) {
        CommandResult result = ask(arguments);
        assertEquals(exitCode, result.exitCode(), result::toString);
        assertTrue(result.errors().contains(message), result::toString);
    }

    private void awaitLine(String command, String text) throws InterruptedException {
        String said = "";
        for (int i = 0; i < 50; i++) {
            said = good(command.split(" ", -1));
            if (said.contains(text)) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError(command + " never says \"" + text + "\" but " + said);
    }

    /** The kernel removes device and rules with the process; only reserved ports wait for the next start. */
    private static void awaitNothingLeft(Host host) throws InterruptedException {
        for (int i = 0; i < 50; i++) {
            boolean device = host.run("ip", "link", "show", "sj0").succeeded();
            String tables = host.run("nft", "list", "tables").output();
            if (!device && !tables.contains("sojourn")) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError(host.run("nft", "list", "ruleset").output());
    }
}
