package net.sojourn.testbed.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.sojourn.testbed.netns.JavaProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both servers inside a network namespace on port 53, updated by nsupdate, an independent client. Needs root. */
final class NamespaceIT {

    private static final String NAMESPACE = "sj-dns";

    @TempDir
    Path temporary;

    @BeforeEach
    void makeNamespace() throws Exception {
        if (Files.exists(Path.of("/run/netns", NAMESPACE))) {
            run("ip", "netns", "delete", NAMESPACE);
        }
        run("ip", "netns", "add", NAMESPACE);
        run("ip", "-n", NAMESPACE, "link", "set", "lo", "up");
    }

    @AfterEach
    void removeNamespace() throws Exception {
        run("ip", "netns", "delete", NAMESPACE);
    }

    @Test
    void bindAndEmbeddedServerAgreeWithNsupdate() throws Exception {
        BindSettings settings = BindSettings.of(
                        "mob.test", new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 53))
                .tsigHost("laptop-key", "laptop")
                .inNamespace(NAMESPACE);
        try (BindServer bind = BindServer.start(settings)) {
            Path key = bind.tsigKeyFile("laptop-key");
            Process embedded = embedded(key);
            try {
                for (String server : List.of("127.0.0.1", "127.0.0.2")) {
                    nsupdate(server, key);
                    assertEquals("192.0.2.77", dig(server, "laptop.mob.test", "A"), server);
                    assertEquals("2001:db8::77", dig(server, "laptop.mob.test", "AAAA"), server);
                }
            } finally {
                embedded.destroy();
                embedded.waitFor();
            }
        }
    }

    /** The demo's way: a process in the namespace, with arguments. */
    private Process embedded(Path key) throws Exception {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", NAMESPACE));
        command.addAll(JavaProgram.command(
                EmbeddedNameServer.class,
                "--zone",
                "mob.test",
                "--address",
                "127.0.0.2",
                "--key-file",
                key.toString(),
                "--grant",
                "laptop-key=laptop"));
        Process process = new ProcessBuilder(command)
                .redirectError(temporary.resolve("errors").toFile())
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = said.readLine();
        while (line != null && !line.startsWith("ready")) {
            line = said.readLine();
        }
        assertEquals("ready 127.0.0.2 53", line, () -> "embedded server: " + temporary.resolve("errors"));
        return process;
    }

    private void nsupdate(String server, Path key) throws Exception {
        Path script = temporary.resolve("script");
        Files.writeString(script, """
                server %s
                zone mob.test
                prereq nxrrset _mm.laptop.mob.test TXT
                update delete laptop.mob.test A
                update delete laptop.mob.test AAAA
                update add laptop.mob.test 0 A 192.0.2.77
                update add laptop.mob.test 0 AAAA 2001:db8::77
                update add _mm.laptop.mob.test 0 TXT "mm1 owner=nsupdate seq=1"
                send
                """.formatted(server));
        run("ip", "netns", "exec", NAMESPACE, "nsupdate", "-k", key.toString(), script.toString());
    }

    private String dig(String server, String name, String type) throws Exception {
        return run("ip", "netns", "exec", NAMESPACE, "dig", "+short", "+time=2", "@" + server, name, type)
                .trim();
    }

    private String run(String... command) throws Exception {
        File output = temporary.resolve("output").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> String.join(" ", command));
        String said = Files.readString(output.toPath());
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + said);
        return said;
    }
}
