package net.sojourn.dns.query;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.guard.Guard;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;

/**
 * What a server holds for a name now.
 *
 * @param addresses its A and AAAA records
 * @param guardTexts the TXT RRset at the guard's name, as it must be named in a prerequisite
 * @param proven true when all of it came in answers signed with our key
 */
public record ServerView(Set<InetAddress> addresses, List<Record> guardTexts, boolean proven) {

    public ServerView {
        addresses = Set.copyOf(addresses);
        guardTexts = List.copyOf(guardTexts);
    }

    /** The guard, when there is one and it is in our form. */
    public Optional<Guard> guard() {
        if (guardTexts.size() != 1
                || !(guardTexts.get(0) instanceof TXTRecord text)
                || text.getStrings().size() != 1) {
            return Optional.empty();
        }
        return Guard.parse(text.getStrings().get(0));
    }

    /** For people: who holds the name. */
    public String owner() {
        return guard().map(Guard::ownerId).orElseGet(() -> guardTexts.get(0).rdataToString());
    }
}
