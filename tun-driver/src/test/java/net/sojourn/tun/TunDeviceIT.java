package net.sojourn.tun;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.sojourn.tun.TunException.Reason;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.SystemCallException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices of the real kernel: made, taken over, refused, gone. */
@Timeout(60)
class TunDeviceIT {

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private TunDevice open(String name, boolean offload) throws IOException {
        return namespace.call(() -> TunDevice.open(name, offload));
    }

    @Test
    void newDeviceIsAsAskedAndGoneAfterClose() throws IOException {
        try (TunDevice device = open("sj0", true)) {
            assertEquals("sj0", device.name());
            assertTrue(namespace.ip("-o link show").contains(device.interfaceIndex() + ": sj0:"));
            assertEquals(1500, device.mtuBytes());
            assertFalse(device.isUp());

            device.setMtuBytes(9000);
            device.setUp(true);

            assertTrue(device.isUp());
            String shown = namespace.ip("-o link show sj0");
            assertTrue(shown.contains("mtu 9000") && shown.contains(",UP"), shown);
            device.setUp(false);
            assertFalse(namespace.ip("-o link show sj0").contains(",UP"));
        }
        assertFalse(namespace.hasDevice("sj0"));
    }

    @Test
    void kernelChoosesTheNumber() throws IOException {
        try (TunDevice first = open("sj%d", false);
                TunDevice second = open("sj%d", false)) {
            assertEquals("sj0", first.name());
            assertEquals("sj1", second.name());
        }
    }

    /** Offload on, then off, then on: a persistent device remembers what its former holder told it. */
    @Test
    void persistentDeviceIsTakenOverAndStays() throws IOException {
        namespace.ip("tuntap add sj0 mode tun");
        namespace.ip("link set sj0 mtu 1280");
        for (boolean offload : new boolean[] {true, false, true}) {
            try (TunDevice device = open("sj0", offload)) {
                assertEquals(1280, device.mtuBytes());
                String tso = namespace.inside("ip", "-d", "-o", "link", "show", "sj0");
                assertEquals(offload, tso.contains("vnet_hdr on"), tso);
            }
            assertTrue(namespace.hasDevice("sj0"));
        }
    }

    @Test
    void heldDeviceIsRefused() throws IOException {
        try (TunDevice holder = open("sj0", true)) {
            TunException refused = assertThrows(TunException.class, () -> open("sj0", true));

            assertEquals(Reason.HELD_BY_ANOTHER, refused.reason());
            assertEquals(Errno.EBUSY.number(), refused.errno());
            assertEquals(
                    "cannot make or take the TUN device sj0 (TUNSETIFF): EBUSY (in use). Another program holds sj0:"
                            + " stop it, or choose another name",
                    refused.getMessage());
            assertEquals("sj0", holder.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tuntap add sj0 mode tap", "link add sj0 type veth peer name sj1"})
    void otherKindOfDeviceIsRefused(String making) throws IOException {
        namespace.ip(making);

        TunException refused = assertThrows(TunException.class, () -> open("sj0", true));

        assertEquals(Reason.OTHER_KIND, refused.reason());
        assertTrue(refused.toString().contains("ip link del sj0"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a name", "a/b", "..", "sixteen-octets-x", "t\u00e4"})
    void nameMustFit(String name) {
        assertThrows(IllegalArgumentException.class, () -> open(name, true));
    }

    @Test
    void impossibleMtuIsAnErrorOfTheCall() throws IOException {
        try (TunDevice device = open("sj0", true)) {
            SystemCallException refused = assertThrows(SystemCallException.class, () -> device.setMtuBytes(67));
            assertTrue(refused.is(Errno.EINVAL), refused.getMessage());
            assertTrue(refused.toString().contains("set the MTU to 67 of sj0"), refused.getMessage());
        }
    }

    @Test
    void closedDeviceSaysSo() throws IOException {
        TunDevice device = open("sj0", true);
        device.close();
        device.close();
        assertThrows(IllegalStateException.class, device::mtuBytes);
    }

    @Test
    void failedOpenLeavesNoDescriptor() throws IOException {
        try (TunDevice holder = open("sj0", true)) {
            long before = OpenFiles.count();
            for (int i = 0; i < 50; i++) {
                assertThrows(TunException.class, () -> open(holder.name(), true));
            }
            assertEquals(before, OpenFiles.count());
        }
    }

    @Test
    void deviceVanishesWithAKilledProcess() throws Exception {
        Process process = namespace.start(HoldDevice.command("sj0"));
        try (BufferedReader output = process.inputReader(UTF_8)) {
            assertEquals("holds sj0", output.readLine());
            assertTrue(namespace.hasDevice("sj0"));

            process.destroyForcibly();

            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
            assertEquals(128 + 9, process.exitValue());
            for (int i = 0; i < 100 && namespace.hasDevice("sj0"); i++) {
                Thread.sleep(20);
            }
            assertFalse(namespace.hasDevice("sj0"));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void withoutTheCapabilityTheMessageSaysWhatToDo() throws Exception {
        String[] command = Stream.concat(
                        Stream.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"),
                        Stream.of(HoldDevice.command("sj0")))
                .toArray(String[]::new);
        Process process = namespace.start(command);
        try (BufferedReader output = process.inputReader(UTF_8)) {
            assertEquals(
                    "NOT_PERMITTED cannot make or take the TUN device sj0 (TUNSETIFF): EPERM (operation not permitted)."
                            + " Needs CAP_NET_ADMIN: run as root or grant the capability",
                    output.readLine());
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        } finally {
            process.destroyForcibly();
        }
        assertFalse(namespace.hasDevice("sj0"));
    }
}
