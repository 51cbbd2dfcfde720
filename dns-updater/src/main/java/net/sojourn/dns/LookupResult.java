package net.sojourn.dns;

import java.net.InetAddress;
import java.util.List;

/** What a look-up found. */
public sealed interface LookupResult {

    /** @param addresses not empty; A records first, each family in the order of the answer */
    record Found(List<InetAddress> addresses) implements LookupResult {
        public Found {
            addresses = List.copyOf(addresses);
        }
    }

    /** The name does not exist. */
    record NoSuchName() implements LookupResult {}

    /** The name exists and has no address at present. */
    record NoAddresses() implements LookupResult {}

    /** Nobody could be asked; {@code why} says what was tried. */
    record Failed(String why) implements LookupResult {}
}
