package net.sojourn.daemon.mobility;

import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.daemon.config.MoveSettings.InterfaceSettings;
import net.sojourn.tun.netlink.LinkKind;

/**
 * An interface as a policy sees it: what the kernel tells, and what the configuration says instead. Immutable.
 *
 * @param metered octets cost money there
 * @param metric the smaller, the better
 * @param never no connection is moved there
 */
public record InterfaceView(String name, LinkKind kind, boolean metered, int metric, boolean never) {

    /** @param found what the kernel's facts look like */
    public static InterfaceView of(String name, LinkKind found, MoveSettings settings) {
        InterfaceSettings said = settings.of(name);
        LinkKind kind = said.kind().orElse(found);
        return new InterfaceView(
                name, kind, said.metered().orElse(kind == LinkKind.MOBILE), said.metric(), said.never());
    }
}
