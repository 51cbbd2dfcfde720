package net.sojourn.dns.message;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.guard.Guard;

/**
 * What a server publishes under one name.
 *
 * @param addresses its A and AAAA records
 * @param guardRecords the data of the TXT records under its guard label, in zone-file form; empty if there is none
 */
public record Published(Set<InetAddress> addresses, List<String> guardRecords) {

    public Published {
        addresses = Set.copyOf(addresses);
        guardRecords = List.copyOf(guardRecords);
    }

    /** The guard, if there is exactly one record and it has the form of ours. */
    public Optional<Guard> guard() {
        return guardRecords.size() == 1 ? Guard.parse(unquoted(guardRecords.get(0))) : Optional.empty();
    }

    private static String unquoted(String data) {
        boolean quoted = data.length() >= 2 && data.startsWith("\"") && data.endsWith("\"");
        return quoted ? data.substring(1, data.length() - 1) : data;
    }
}
