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
 * @param hostAddresses what the host gets on the device for itself, to talk to the stack from; empty: nothing, it uses an
 *     address that it has elsewhere
 */
public record RoutedSettings(TunSettings tun, List<IpAddress> addresses, int metric, List<IpAddress> hostAddresses) {

    /** Behind the routes of people and network managers. */
    public static final int LAST_METRIC = 4096;

    public RoutedSettings {
        addresses = List.copyOf(addresses);
        hostAddresses = List.copyOf(hostAddresses);
    }

    public static RoutedSettings of(TunSettings tun, List<IpAddress> addresses) {
        return new RoutedSettings(tun, addresses, LAST_METRIC, List.of());
    }

    public RoutedSettings hostAddresses(List<IpAddress> own) {
        return new RoutedSettings(tun, addresses, metric, own);
    }
}
