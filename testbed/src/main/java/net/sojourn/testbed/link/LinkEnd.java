package net.sojourn.testbed.link;

import java.nio.file.Path;

/**
 * Where a link ends.
 *
 * @param namespace the namespace's file, such as {@code /run/netns/NAME}
 * @param device name of the TUN device there, at most 15 octets; made by the forwarder, gone with it
 */
public record LinkEnd(Path namespace, String device) {

    public LinkEnd {
        if (device.isEmpty() || device.length() > 15) {
            throw new IllegalArgumentException("a device's name has 1 to 15 octets: " + device);
        }
    }
}
