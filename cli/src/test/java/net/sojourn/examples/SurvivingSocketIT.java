package net.sojourn.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import net.sojourn.cli.Sojourn;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of 20 lines on a laptop that moves; its peer is the {@code services} command. Needs root. */
class SurvivingSocketIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @Test
    void socketSurvivesTheMove() throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            Path server = configuration("server", "[[publish]]\nport = 7007\nto = \"127.0.0.1:7008\"\n");
            HostProcess serverDaemon = topology.server()
                    .start(JavaProgram.command(Sojourn.class, "daemon", "run", "--config", server.toString()));
            serverDaemon.awaitOutput("sojourn: running", PATIENCE);
            // One octet every 10 ms, 500 times: some seconds of a live connection.
            topology.server().start("python3", "-u", "-c", """
                    import socket, time
                    listener = socket.create_server(("127.0.0.1", 7008))
                    print("listening", flush=True)
                    peer, _ = listener.accept()
                    for i in range(500):
                        peer.sendall(b"x")
                        time.sleep(0.01)
                    peer.close()
                    """).awaitOutput("listening", PATIENCE);
            HostProcess example = topology.laptop()
                    .start(JavaProgram.command(
                            SurvivingSocket.class,
                            configuration("laptop", "[socks5]\nenabled = false\n")
                                    .toString(),
                            topology.serverAddress().toString(),
                            "7007"));
            String before = example.awaitOutput("connected from ", PATIENCE);
            assertTrue(
                    before.contains("connected from " + topology.laptopAddress().orElseThrow()), before);
            // M2 agrees its keys behind the handshake: two round trips later the connection can be moved.
            Thread.sleep(500);
            topology.wifiToMobile();
            Thread.sleep(1_000);
            topology.backToWifi(topology.addresses().laptopOnWifiAgain());
            assertEquals(0, example.awaitExit(PATIENCE), example::output);
            assertTrue(example.output().contains("received 500"), example::output);
        }
    }

    private Path configuration(String host, String rest) throws Exception {
        Path file = folder.resolve(host + ".toml");
        String control = "[control]\nsocket = \"" + folder.resolve(host + ".control")
                + "\"\n[restart]\nkeep_connections = false\n";
        String uplinks = host.equals("laptop") ? "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n" : "";
        String socks = host.equals("laptop") ? "" : "[socks5]\nenabled = false\n";
        return Files.writeString(file, control + uplinks + socks + rest);
    }
}
