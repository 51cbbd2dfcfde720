package net.sojourn.tun.attach;

import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.TunSettings;

/**
 * A stack with addresses of its own. Immutable.
 *
 * @param tun the device: a new one, or one that is there
 * @param addresses the stack's, which the host shall send into the device
 * @param metric of those routes; a large one leaves the way free for routes that a person adds
 */
public record RoutedSettings(TunSettings tun, List<IpAddress> addresses, int metric) {

    /** Behind the routes of people and network managers. */
    public static final int LAST_METRIC = 4096;

    public RoutedSettings {
        addresses = List.copyOf(addresses);
    }

    public static RoutedSettings of(TunSettings tun, List<IpAddress> addresses) {
        return new RoutedSettings(tun, addresses, LAST_METRIC);
    }
}
