package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import net.sojourn.tun.host.NetworkNamespace;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code inside a real namespace: what it sees, how it fails, what it leaves. */
@Timeout(60)
class NetworkNamespaceIT {

    @Test
    void taskSeesTheNamespaceAndTheCallerDoesNot() throws IOException {
        try (TunNamespace namespace = TunNamespace.create();
                TunDevice device = namespace.call(() -> TunDevice.open("sjinside", false))) {
            assertEquals(device.interfaceIndex(), namespace.call(() -> Libc.C.if_nametoindex(device.name())));
            assertEquals(0, Libc.C.if_nametoindex(device.name()));
        }
    }

    @Test
    void eachHasItsNumberAndKeepsIt() throws IOException {
        String outside = NetworkNamespace.ownNumber();
        String first;
        try (TunNamespace namespace = TunNamespace.create()) {
            first = namespace.call(NetworkNamespace::ownNumber);
            assertEquals(first, namespace.call(NetworkNamespace::ownNumber));
        }
        try (TunNamespace namespace = TunNamespace.create()) {
            assertEquals(
                    3,
                    Set.of(outside, first, namespace.call(NetworkNamespace::ownNumber))
                            .size());
        }
        assertEquals(outside, NetworkNamespace.ownNumber());
    }

    @Test
    void unknownNamespaceIsNamed() {
        SystemCallException unknown = assertThrows(
                SystemCallException.class, () -> NetworkNamespace.call(Path.of("/run/netns/sj-none"), () -> 1));
        assertTrue(unknown.is(Errno.ENOENT));
        assertTrue(unknown.toString().contains("open /run/netns/sj-none"), unknown.toString());
    }

    @Test
    void whatTheTaskThrowsComesThroughAndNoDescriptorStays() throws IOException {
        try (TunNamespace namespace = TunNamespace.create()) {
            long before = OpenFiles.count();
            IOException checked = new IOException("of the task");
            IllegalStateException unchecked = new IllegalStateException("of the task");
            for (int i = 0; i < 20; i++) {
                assertSame(
                        checked,
                        assertThrows(
                                IOException.class,
                                () -> namespace.call(() -> {
                                    throw checked;
                                })));
                assertSame(
                        unchecked,
                        assertThrows(
                                IllegalStateException.class,
                                () -> namespace.call(() -> {
                                    throw unchecked;
                                })));
            }
            assertEquals(before, OpenFiles.count());
        }
    }
}
