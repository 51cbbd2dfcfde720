package net.sojourn.daemon.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import net.sojourn.tun.netlink.LinkKind;

/**
 * When connections move, and where to. Immutable.
 *
 * @param prefer what makes one address better than another, the most important first; where all are equal the kernel's
 *     choice wins
 * @param kinds the kinds of interface, best first
 * @param betterForNanos how long an address must have been better before a connection that works elsewhere moves there
 * @param dampingNanos the same for the second such move of a connection; it doubles with each further one
 * @param dampingMaxNanos and grows no further than this
 * @param calmNanos after so long without such a move the count begins again
 * @param awakeNanos after a sleep of so long each connection asks its peer for a sign of life
 * @param rules the first that fits a connection holds
 */
public record MoveSettings(
        List<Criterion> prefer,
        List<LinkKind> kinds,
        long betterForNanos,
        long dampingNanos,
        long dampingMaxNanos,
        long calmNanos,
        long awakeNanos,
        List<InterfaceSettings> interfaces,
        List<Rule> rules) {

    /** What two addresses can be compared by. */
    public enum Criterion {
        /** {@link InterfaceSettings#metric}: the smaller is better. */
        METRIC,
        /** What costs nothing is better. */
        COST,
        /** {@link MoveSettings#kinds}. */
        KIND,
        /** What the kernel would use for the peer is better. */
        KERNEL;

        /** As in the configuration. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is known of an interface beside what the kernel tells.
     *
     * @param kind empty: found out
     * @param metered octets cost money; empty: mobile ones do
     * @param never no connection is moved there
     */
    public record InterfaceSettings(
            String name, Optional<LinkKind> kind, Optional<Boolean> metered, int metric, boolean never) {

        public static final int DEFAULT_METRIC = 100;
    }

    /**
     * What holds for some connections.
     *
     * @param name for people
     * @param peers empty: every peer
     * @param ports of the server, at whichever end it is; empty: every port
     * @param entry empty: however it came to be
     * @param pin the connection lives there and nowhere else
     * @param prefer better than all other places, the first most
     * @param never interfaces it is not moved to
     */
    public record Rule(
            String name,
            List<Prefix> peers,
            List<Integer> ports,
            Optional<Entry> entry,
            Optional<Place> pin,
            List<Place> prefer,
            Set<String> never) {

        /** Nothing but the general order. */
        public static final Rule NONE =
                new Rule("", List.of(), List.of(), Optional.empty(), Optional.empty(), List.of(), Set.of());

        /** What a person has said of one connection. */
        public Rule byHand(Optional<Place> newPin, List<Place> newPrefer, Set<String> newNever) {
            return new Rule("by hand", List.of(), List.of(), Optional.empty(), newPin, newPrefer, newNever);
        }
    }

    /** Of interface {@code name}; what the configuration does not name has the defaults. */
    public InterfaceSettings of(String name) {
        return interfaces.stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElse(new InterfaceSettings(
                        name, Optional.empty(), Optional.empty(), InterfaceSettings.DEFAULT_METRIC, false));
    }
}
