package net.sojourn.dns.query;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Addresses in answers and in text. Pure. */
public final class Addresses {

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
    private static final Pattern LITERAL =
            Pattern.compile(OCTET + "(\\." + OCTET + "){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?");

    private Addresses() {}

    /**
     * What an answer says of a name.
     *
     * @param alias where to ask on; empty when the addresses are the answer, even if there are none
     */
    public record Found(List<InetAddress> addresses, Optional<Name> alias) {}

    /** Follows the aliases within the answer (RFC 1034 4.3.1), each at most once. */
    public static Found in(Message answer, Name name, int type) {
        Map<Name, Name> aliases = new HashMap<>();
        for (Record entry : answer.getSection(Section.ANSWER)) {
            if (entry instanceof CNAMERecord alias) {
                aliases.put(alias.getName(), alias.getTarget());
            }
        }
        Name at = name;
        while (true) {
            List<InetAddress> addresses = of(answer, at, type);
            Name next = aliases.remove(at);
            if (!addresses.isEmpty() || next == null) {
                boolean askOn = addresses.isEmpty() && !at.equals(name);
                return new Found(addresses, askOn ? Optional.of(at) : Optional.empty());
            }
            at = next;
        }
    }

    private static List<InetAddress> of(Message answer, Name name, int type) {
        List<InetAddress> addresses = new ArrayList<>();
        for (Record entry : answer.getSection(Section.ANSWER)) {
            if (entry.getType() == type && entry.getName().equals(name)) {
                address(entry).ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    /** Of an A or AAAA record. */
    public static Optional<InetAddress> address(Record entry) {
        if (entry instanceof ARecord a) {
            return Optional.of(a.getAddress());
        }
        return entry instanceof AAAARecord aaaa ? Optional.of(aaaa.getAddress()) : Optional.empty();
    }

    /** The address that {@code text} spells, in brackets or not; never asks anyone. */
    public static Optional<InetAddress> literal(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        if (!LITERAL.matcher(bare).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(bare));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
