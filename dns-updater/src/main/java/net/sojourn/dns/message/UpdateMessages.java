package net.sojourn.dns.message;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import net.sojourn.dns.guard.Guard;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * Builds the message that moves a name (RFC 2136): under the prerequisite that the guard is as we saw it, delete A and AAAA,
 * add the new addresses, replace the guard. One message, so the name is never without an address in between. Pure.
 */
public final class UpdateMessages {

    private UpdateMessages() {}

    /** @param id the message ID; unpredictable in life */
    public static Message build(UpdateRequest request, int id) {
        Update update = new Update(request.zone());
        update.getHeader().setID(id & 0xFFFF);
        demandGuard(update, request);
        request.replaced().stream().sorted().forEach(type -> update.delete(request.host(), type));
        request.addresses().stream()
                .filter(address -> request.replaced().contains(type(address)))
                .sorted(Comparator.comparing(InetAddress::getHostAddress))
                .forEach(address -> update.add(addressRecord(request.host(), request.ttlSeconds(), address)));
        update.delete(request.guardName(), Type.TXT);
        update.add(guardRecord(request.guardName(), request.ttlSeconds(), request.next()));
        return update;
    }

    private static void demandGuard(Update update, UpdateRequest request) {
        if (request.guardSeen().isEmpty()) {
            update.absent(request.guardName(), Type.TXT);
            return;
        }
        for (Record seen : request.guardSeen()) {
            // RFC 2136 2.4.2: value-dependent, so name, class, type and data, and a TTL of zero.
            update.present(Record.newRecord(request.guardName(), Type.TXT, DClass.IN, 0, seen.rdataToWireCanonical()));
        }
    }

    /** A or AAAA. */
    public static int type(InetAddress address) {
        return address instanceof Inet6Address ? Type.AAAA : Type.A;
    }

    public static Record addressRecord(Name host, long ttlSeconds, InetAddress address) {
        return address instanceof Inet6Address
                ? new AAAARecord(host, DClass.IN, ttlSeconds, address)
                : new ARecord(host, DClass.IN, ttlSeconds, address);
    }

    public static TXTRecord guardRecord(Name guardName, long ttlSeconds, Guard guard) {
        return new TXTRecord(guardName, DClass.IN, ttlSeconds, List.of(guard.text()));
    }
}
