package net.sojourn.testbed.dns;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.key.TsigKey;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * What an {@link EmbeddedNameServer} serves. Immutable.
 *
 * @param records of the zone, SOA and NS among them
 * @param keys that may sign
 * @param grants what they may change; empty: every key anything
 */
public record NameServerSettings(Name zone, List<Record> records, List<TsigKey> keys, List<Grant> grants) {

    public NameServerSettings {
        records = List.copyOf(records);
        keys = List.copyOf(keys);
        grants = List.copyOf(grants);
    }

    /**
     * A zone with SOA (negative TTL 0), one name server {@code ns} and the given further lines in zone-file form.
     *
     * @param nsAddress address of {@code ns}, where the server will be found
     * @throws IllegalArgumentException for lines that are no records
     */
    public static NameServerSettings of(String zone, String nsAddress, List<String> lines, List<TsigKey> keys) {
        StringBuilder text = new StringBuilder();
        text.append("@ 60 IN SOA ns hostmaster 1 3600 600 604800 0\n@ 60 IN NS ns\n");
        text.append("ns 60 IN ")
                .append(nsAddress.indexOf(':') < 0 ? "A " : "AAAA ")
                .append(nsAddress)
                .append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        try {
            Name origin = Name.fromString(zone, Name.root);
            return new NameServerSettings(origin, parse(text.toString(), origin), keys, List.of());
        } catch (IOException e) {
            throw new IllegalArgumentException("zone " + zone + ": " + e.getMessage(), e);
        }
    }

    /** Adds what a host's updater needs: A, AAAA and TXT at the host, TXT at its guard. */
    public NameServerSettings granting(TsigKey key, String host) {
        try {
            Name keyName = Name.fromString(key.keyName(), Name.root);
            Name hostName = Name.fromString(host, zone);
            List<Grant> more = new ArrayList<>(grants);
            more.add(new Grant(keyName, hostName, Set.of(Type.A, Type.AAAA, Type.TXT)));
            more.add(new Grant(keyName, Name.fromString("_mm", hostName), Set.of(Type.TXT)));
            return new NameServerSettings(zone, records, keys, more);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("host " + host + " is no name", e);
        }
    }

    private static List<Record> parse(String text, Name origin) throws IOException {
        List<Record> records = new ArrayList<>();
        try (Master master = new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), origin, 0)) {
            master.disableIncludes();
            for (Record entry = master.nextRecord(); entry != null; entry = master.nextRecord()) {
                records.add(entry);
            }
        }
        return records;
    }
}
