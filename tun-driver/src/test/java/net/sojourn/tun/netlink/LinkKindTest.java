package net.sojourn.tun.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A device's kind by what the kernel and udev tell of it. */
class LinkKindTest {

    @TempDir
    Path sysfs;

    @ParameterizedTest(name = "{0}, type {1}, driver {2}, sysfs {3}")
    @CsvSource({
        "eth0,      1,     '',        '',             WIRED",
        "br0,       1,     bridge,    DEVTYPE=bridge, WIRED",
        "wlp3s0,    1,     '',        DEVTYPE=wlan,   WIFI",
        "net0,      1,     '',        phy80211/,      WIFI",
        "net0,      1,     '',        wireless/,      WIFI",
        "wlan0,     1,     veth,      '',             WIFI",
        "net0,      1,     '',        DEVTYPE=wwan,   MOBILE",
        "rmnet0,    519,   '',        '',             MOBILE",
        "net0,      1,     wwan,      '',             MOBILE",
        "wwan0,     1,     veth,      '',             MOBILE",
        "wg0,       65534, wireguard, '',             VPN",
        "wlan9,     65534, tun,       '',             VPN",
        "tun0,      65534, '',        '',             VPN",
        "ppp0,      512,   '',        '',             OTHER",
    })
    void kind(String name, int hardwareType, String driver, String file, LinkKind expected) throws IOException {
        Path device = Files.createDirectories(sysfs.resolve(name));
        if (file.endsWith("/")) {
            Files.createDirectory(device.resolve(file.substring(0, file.length() - 1)));
        } else if (!file.isEmpty()) {
            Files.writeString(device.resolve("uevent"), file + "\nINTERFACE=" + name + "\n");
        }
        Link link = new Link(2, name, true, true, false, 1500, hardwareType, driver);
        assertEquals(expected, LinkKind.of(link, sysfs));
    }
}
