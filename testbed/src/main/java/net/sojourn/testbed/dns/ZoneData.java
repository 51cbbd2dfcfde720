package net.sojourn.testbed.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/** The records of one zone and what RFC 2136 does to them. Thread-safe; an update is seen whole or not at all. */
final class ZoneData {

    private final Name origin;
    private Map<Name, List<Record>> nodes = new TreeMap<>();

    ZoneData(Name origin, List<Record> records) {
        this.origin = origin;
        records.forEach(record -> add(nodes, record));
    }

    synchronized SOARecord soa() {
        return (SOARecord) records(origin, Type.SOA).get(0);
    }

    /** All records of {@code name} with {@code type}, or of any type. */
    synchronized List<Record> records(Name name, int type) {
        return of(nodes, name, type);
    }

    /** Whether the name, or one below it, has records. RFC 8020. */
    synchronized boolean exists(Name name) {
        return nodes.keySet().stream().anyMatch(node -> node.subdomain(name));
    }

    /** RFC 2136 3.2 to 3.4: all prerequisites, then all updates, or an rcode and no change. */
    synchronized int update(List<Record> prerequisites, List<Record> updates) {
        int rcode = check(prerequisites);
        if (rcode == Rcode.NOERROR) {
            rcode = prescan(updates);
        }
        if (rcode != Rcode.NOERROR) {
            return rcode;
        }
        Map<Name, List<Record>> next = new TreeMap<>();
        nodes.forEach((name, records) -> next.put(name, new ArrayList<>(records)));
        updates.forEach(update -> apply(next, update));
        if (!updates.isEmpty()) {
            raiseSerial(next);
        }
        nodes = next;
        return Rcode.NOERROR;
    }

    private int check(List<Record> prerequisites) {
        // RFC 2136 3.2.3: value-dependent ones are compared as whole sets.
        Map<Name, Map<Integer, List<Record>>> whole = new TreeMap<>();
        for (Record wanted : prerequisites) {
            Name name = wanted.getName();
            if (wanted.getTTL() != 0) {
                return Rcode.FORMERR;
            }
            if (!name.subdomain(origin)) {
                return Rcode.NOTZONE;
            }
            boolean present = !of(nodes, name, wanted.getType()).isEmpty();
            boolean nameOnly = wanted.getType() == Type.ANY;
            switch (wanted.getDClass()) {
                case DClass.ANY -> {
                    if (!present) {
                        return nameOnly ? Rcode.NXDOMAIN : Rcode.NXRRSET;
                    }
                }
                case DClass.NONE -> {
                    if (present) {
                        return nameOnly ? Rcode.YXDOMAIN : Rcode.YXRRSET;
                    }
                }
                case DClass.IN ->
                    whole.computeIfAbsent(name, unused -> new TreeMap<>())
                            .computeIfAbsent(wanted.getType(), unused -> new ArrayList<>())
                            .add(wanted);
                default -> {
                    return Rcode.FORMERR;
                }
            }
        }
        for (Map.Entry<Name, Map<Integer, List<Record>>> node : whole.entrySet()) {
            for (Map.Entry<Integer, List<Record>> set : node.getValue().entrySet()) {
                List<Record> have = of(nodes, node.getKey(), set.getKey());
                if (have.size() != set.getValue().size()
                        || !set.getValue().stream().allMatch(one -> contains(have, one))) {
                    return Rcode.NXRRSET;
                }
            }
        }
        return Rcode.NOERROR;
    }

    /** RFC 2136 3.4.1. */
    private int prescan(List<Record> updates) {
        for (Record update : updates) {
            if (!update.getName().subdomain(origin)) {
                return Rcode.NOTZONE;
            }
            int dclass = update.getDClass();
            boolean deletion = dclass == DClass.ANY || dclass == DClass.NONE;
            if (!deletion && dclass != DClass.IN || deletion && update.getTTL() != 0) {
                return Rcode.FORMERR;
            }
            if (dclass != DClass.ANY && update.getType() == Type.ANY) {
                return Rcode.FORMERR;
            }
        }
        return Rcode.NOERROR;
    }

    private void apply(Map<Name, List<Record>> next, Record update) {
        List<Record> node = next.getOrDefault(update.getName(), new ArrayList<>());
        // RFC 2136 3.4.2.3 and 3.4.2.4: SOA and NS of the zone itself stay.
        boolean apex = update.getName().equals(origin);
        switch (update.getDClass()) {
            case DClass.ANY ->
                node.removeIf(record -> (update.getType() == Type.ANY || record.getType() == update.getType())
                        && !(apex && isApex(record)));
            case DClass.NONE -> node.removeIf(record -> sameData(record, update) && !(apex && isApex(record)));
            default -> add(next, update);
        }
        if (node.isEmpty() && update.getDClass() != DClass.IN) {
            next.remove(update.getName());
        }
    }

    private static boolean isApex(Record record) {
        return record.getType() == Type.SOA || record.getType() == Type.NS;
    }

    /** Replaces an equal record, whose TTL may differ. */
    private static void add(Map<Name, List<Record>> nodes, Record record) {
        List<Record> node = nodes.computeIfAbsent(record.getName(), unused -> new ArrayList<>());
        node.removeIf(one -> sameData(one, record));
        node.add(record);
    }

    private void raiseSerial(Map<Name, List<Record>> next) {
        SOARecord old = soa();
        List<Record> apex = next.getOrDefault(origin, new ArrayList<>());
        apex.removeIf(record -> record.getType() == Type.SOA);
        apex.add(
                0,
                new SOARecord(
                        origin,
                        DClass.IN,
                        old.getTTL(),
                        old.getHost(),
                        old.getAdmin(),
                        old.getSerial() + 1 & 0xffffffffL,
                        old.getRefresh(),
                        old.getRetry(),
                        old.getExpire(),
                        old.getMinimum()));
    }

    private static List<Record> of(Map<Name, List<Record>> nodes, Name name, int type) {
        return nodes.getOrDefault(name, List.of()).stream()
                .filter(record -> type == Type.ANY || record.getType() == type)
                .toList();
    }

    private static boolean contains(List<Record> records, Record one) {
        return records.stream().anyMatch(record -> sameData(record, one));
    }

    private static boolean sameData(Record a, Record b) {
        return a.getType() == b.getType() && a.rdataToString().equals(b.rdataToString());
    }
}
