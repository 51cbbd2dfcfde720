package net.sojourn.tun.netlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What a device leads over, as people tell networks apart. */
public enum LinkKind {
    WIRED("wired"),
    WIFI("wifi"),
    MOBILE("mobile"),
    VPN("vpn"),
    OTHER("other");

    private static final Path SYSFS = Path.of("/sys/class/net");
    private static final int ARPHRD_ETHER = 1;
    private static final int ARPHRD_RAWIP = 519;
    private static final int ARPHRD_NONE = 0xFFFE;
    private static final Set<String> TUNNELS =
            Set.of("wireguard", "tun", "ipip", "ip6tnl", "gre", "gretap", "ip6gre", "sit", "vti", "vti6", "xfrm");

    private final String word;

    LinkKind(String word) {
        this.word = word;
    }

    /** As in configurations. */
    public String word() {
        return word;
    }

    /**
     * By the driver that the kernel names, by sysfs, and at last by the name, as udev gives them. A guess: a phone on USB
     * looks like a cable.
     */
    public static LinkKind of(Link link) {
        return of(link, SYSFS);
    }

    static LinkKind of(Link link, Path sysfs) {
        if (TUNNELS.contains(link.driver())) {
            return VPN;
        }
        Path device = sysfs.resolve(link.name());
        String type = deviceType(device);
        if (type.equals("wwan") || link.driver().equals("wwan") || link.hardwareType() == ARPHRD_RAWIP) {
            return MOBILE;
        }
        if (type.equals("wlan")
                || Files.exists(device.resolve("phy80211"))
                || Files.exists(device.resolve("wireless"))) {
            return WIFI;
        }
        if (link.name().startsWith("ww")) {
            return MOBILE;
        }
        if (link.name().startsWith("wl")) {
            return WIFI;
        }
        if (link.hardwareType() == ARPHRD_ETHER) {
            return WIRED;
        }
        return link.hardwareType() == ARPHRD_NONE ? VPN : OTHER;
    }

    private static String deviceType(Path device) {
        try {
            return Files.readAllLines(device.resolve("uevent")).stream()
                    .filter(line -> line.startsWith("DEVTYPE="))
                    .map(line -> line.substring("DEVTYPE=".length()))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            // A container need not have sysfs.
            return "";
        }
    }
}
