package net.sojourn.dns.message;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.guard.Guard;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * One RFC 2136 message that replaces all addresses of a name and its guard, or nothing at all: the server applies it only
 * while the guard is still the expected one. The name is never without addresses in between, which caches would remember.
 *
 * @param zone with the final dot
 * @param host the name whose addresses are replaced
 * @param guardLabel the guard's label in front of {@code host}
 * @param ttlSeconds of the addresses and the guard
 * @param addresses what is published then; an empty set removes the name's addresses
 * @param expectedGuard data of the guard records that must be there, in zone-file form; empty: none may be there
 * @param nextGuard the guard afterwards
 */
public record GuardedUpdate(
        String zone,
        String host,
        String guardLabel,
        long ttlSeconds,
        Set<InetAddress> addresses,
        List<String> expectedGuard,
        Guard nextGuard) {

    public GuardedUpdate {
        addresses = Set.copyOf(addresses);
        expectedGuard = List.copyOf(expectedGuard);
    }

    /** The name of the guard of {@code host}. */
    public static Name guardName(String guardLabel, String host) {
        try {
            return Name.fromString(guardLabel, Name.fromString(host));
        } catch (TextParseException e) {
            throw new IllegalArgumentException("no name can be made of " + guardLabel + " and " + host, e);
        }
    }

    /** The data that the guard record has after this update, in zone-file form. */
    public String nextGuardRecord() {
        return "\"" + nextGuard.text() + "\"";
    }

    /** The message, not yet signed, with an ID of its own. */
    public Update build() {
        try {
            Name hostName = Name.fromString(host);
            Name guardName = guardName(guardLabel, host);
            Update update = new Update(Name.fromString(zone));
            if (expectedGuard.isEmpty()) {
                update.absent(guardName, Type.TXT);
            }
            for (String record : expectedGuard) {
                update.present(guardName, Type.TXT, record);
            }
            update.delete(hostName, Type.A);
            update.delete(hostName, Type.AAAA);
            for (InetAddress address : inOrder()) {
                update.add(
                        address instanceof Inet4Address
                                ? new ARecord(hostName, DClass.IN, ttlSeconds, address)
                                : new AAAARecord(hostName, DClass.IN, ttlSeconds, address));
            }
            update.delete(guardName, Type.TXT);
            update.add(guardName, Type.TXT, ttlSeconds, nextGuardRecord());
            return update;
        } catch (IOException e) {
            throw new IllegalArgumentException("no update can be made of " + this, e);
        }
    }

    /** Sorted, so that equal updates give equal messages. */
    private List<InetAddress> inOrder() {
        return addresses.stream()
                .sorted(Comparator.comparing(InetAddress::getHostAddress))
                .toList();
    }
}
