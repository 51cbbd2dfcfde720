package net.sojourn.tun.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.stream.Stream;
import net.sojourn.stack.TcpListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a process leaves behind that had no time for anything: kill -9. */
@Timeout(120)
class KilledAttachmentIT {

    private static final String RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports";

    private LaptopNetwork network;

    @BeforeEach
    void makeNetwork() throws IOException {
        network = new LaptopNetwork();
    }

    @AfterEach
    void removeNetwork() throws IOException {
        network.close();
    }

    private void attachAndKill(String mode) throws IOException, InterruptedException {
        Process child = network.laptop.start(HoldAttachment.command(mode));
        try (BufferedReader output = child.inputReader()) {
            String line = String.valueOf(output.readLine());
            assertTrue(line.startsWith("attached"), line);
            assertTrue(network.laptop.hasDevice("sj0"));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private void awaitNoTable() throws IOException, InterruptedException {
        String ruleset = "sojourn";
        for (int i = 0; i < 200 && ruleset.contains("sojourn"); i++) {
            Thread.sleep(10);
            ruleset = network.laptop.inside("nft", "list", "ruleset");
        }
        assertEquals("", ruleset.strip());
    }

    @Test
    void hostAddressAttachmentLeavesTheReservedPortsOnlyAndTheNextStartHealsThem() throws Exception {
        network.laptop.inside("sh", "-c", "echo 111,40007 > " + RESERVED);
        attachAndKill("host-address");
        awaitNoTable();
        assertFalse(network.laptop.hasDevice("sj0"));
        assertEquals(
                "111,8443,40000-49999", network.laptop.inside("cat", RESERVED).strip());
        // The ports are the kernel's again.
        try (ServerSocket kernel = LaptopNetwork.echo(network.laptop, LaptopStack.PUBLISHED);
                Socket in = LaptopNetwork.connect(network.server, LaptopNetwork.LAPTOP4, LaptopStack.PUBLISHED)) {
            assertTrue(LaptopNetwork.echoes(in, "kernel"));
            assertTrue(kernel.isBound());
        }
        HostAddressSettings next = new HostAddressSettings("sj0", 41_000, 41_999, Set.of(), name -> true);
        try (LaptopStack laptop = new LaptopStack(network, next)) {
            assertEquals(
                    "111,40007,41000-41999",
                    network.laptop.inside("cat", RESERVED).strip());
            assertFalse(laptop.stack.addresses().isEmpty());
        }
        assertEquals("111,40007", network.laptop.inside("cat", RESERVED).strip());
    }

    /** nft may still be about to let go of its tables. */
    @Test
    void nextStartNeedNotWait() throws Exception {
        for (int i = 0; i < 3; i++) {
            attachAndKill("host-address");
        }
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED);
                Socket in = LaptopNetwork.connect(network.server, LaptopNetwork.LAPTOP6, LaptopStack.PUBLISHED)) {
            assertTrue(LaptopNetwork.echoes(in, "hello"));
            assertFalse(published.isClosed());
        }
        assertEquals("", network.laptop.inside("cat", RESERVED).strip());
    }

    @Test
    void routedAttachmentLeavesNothing() throws Exception {
        String before = "";
        // The kernel enters an IPv6 address of its own into its table a moment after it was given.
        for (int i = 0; i < 200 && !before.contains("local " + LaptopNetwork.LAPTOP6); i++) {
            Thread.sleep(10);
            before = network.laptop.ip("route show table all");
        }
        attachAndKill("routed");
        assertFalse(network.laptop.hasDevice("sj0"));
        assertEquals(before, network.laptop.ip("route show table all"));
    }

    @Test
    void missingNftIsNamed() throws Exception {
        String[] command = Stream.concat(
                        Stream.of("env", "PATH=/nonexistent"), Stream.of(HoldAttachment.command("host-address")))
                .toArray(String[]::new);
        Process child = network.laptop.start(command);
        try (BufferedReader output = child.inputReader()) {
            String line = String.valueOf(output.readLine());
            assertTrue(line.startsWith("refused") && line.contains("Debian package nftables"), line);
        }
        assertEquals(0, child.waitFor());
        assertFalse(network.laptop.hasDevice("sj0"));
        assertEquals("", network.laptop.inside("cat", RESERVED).strip());
    }
}
