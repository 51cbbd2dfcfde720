package net.sojourn.testbed.netns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.sojourn.testbed.TestbedException;

/** Says before anything is touched whether this process may make namespaces and devices. */
final class Privileges {

    /** capability.h */
    private static final int CAP_NET_ADMIN = 12;

    private static final int CAP_NET_RAW = 13;
    private static final int CAP_SYS_ADMIN = 21;

    private Privileges() {}

    /** @throws TestbedException naming what is missing and what to do */
    static void require() {
        requireCapabilities(statusOfThisProcess());
        Path tun = Path.of("/dev/net/tun");
        if (!Files.exists(tun)) {
            throw new TestbedException(tun + " does not exist: load the kernel module tun (modprobe tun), or pass the"
                    + " device into the container (--device /dev/net/tun)");
        }
    }

    static void requireCapabilities(String procStatus) {
        long effective = procStatus
                .lines()
                .filter(line -> line.startsWith("CapEff:"))
                .map(line -> Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16))
                .findFirst()
                .orElse(0L);
        require(effective, CAP_SYS_ADMIN, "CAP_SYS_ADMIN");
        require(effective, CAP_NET_ADMIN, "CAP_NET_ADMIN");
        require(effective, CAP_NET_RAW, "CAP_NET_RAW");
    }

    private static void require(long effective, int bit, String name) {
        if ((effective >>> bit & 1) == 0) {
            throw new TestbedException("cannot make network namespaces: " + name
                    + " is missing. Run as root (sudo), in a container with --privileged.");
        }
    }

    private static String statusOfThisProcess() {
        try {
            return Files.readString(Path.of("/proc/self/status"));
        } catch (IOException e) {
            throw new TestbedException("cannot read /proc/self/status: the testbed needs Linux with /proc mounted", e);
        }
    }
}
