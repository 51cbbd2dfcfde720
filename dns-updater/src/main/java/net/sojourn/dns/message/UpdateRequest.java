package net.sojourn.dns.message;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.guard.Guard;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * All that one update says.
 *
 * @param addresses what the name shall point to; not empty
 * @param ttlSeconds of the address and guard records; 0 keeps caches away
 * @param replaced types whose RRsets are replaced: A, AAAA or both; addresses of other families are left out
 * @param guardName where the guard record stands
 * @param guardSeen the TXT RRset the server must still hold; empty demands that it holds none (the first claim)
 * @param next the guard to be written
 */
public record UpdateRequest(
        Name zone,
        Name host,
        Set<InetAddress> addresses,
        long ttlSeconds,
        Set<Integer> replaced,
        Name guardName,
        List<Record> guardSeen,
        Guard next) {

    public UpdateRequest {
        addresses = Set.copyOf(addresses);
        replaced = Set.copyOf(replaced);
        guardSeen = List.copyOf(guardSeen);
    }
}
