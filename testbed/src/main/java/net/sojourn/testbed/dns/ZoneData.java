package net.sojourn.testbed.dns;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * The records of one zone and what RFC 2136 does to them. An update is applied whole or not at all. Any thread: every method
 * locks.
 */
final class ZoneData {

    private final Name origin;
    private Map<Name, Map<Integer, List<Record>>> names = new TreeMap<>();

    /** @throws IllegalArgumentException without exactly one SOA and at least one NS at the origin */
    ZoneData(Name origin, List<Record> records) {
        this.origin = origin;
        for (Record entry : records) {
            if (!entry.getName().subdomain(origin)) {
                throw new IllegalArgumentException(entry.getName() + " is not in the zone " + origin);
            }
            add(names, entry);
        }
        if (rrset(names, origin, Type.SOA).size() != 1
                || rrset(names, origin, Type.NS).isEmpty()) {
            throw new IllegalArgumentException("zone " + origin + " needs one SOA and an NS record");
        }
    }

    Name origin() {
        return origin;
    }

    synchronized SOARecord soa() {
        return (SOARecord) rrset(names, origin, Type.SOA).get(0);
    }

    /** True for stored names and for those between them and the origin (RFC 4592 2.2.2). */
    synchronized boolean exists(Name name) {
        return names.keySet().stream().anyMatch(stored -> stored.subdomain(name));
    }

    /** The RRset, or the alias that stands in its place; empty if there is neither. */
    synchronized List<Record> find(Name name, int type) {
        Map<Integer, List<Record>> at = names.getOrDefault(name, Map.of());
        if (type == Type.ANY) {
            return at.values().stream().flatMap(List::stream).toList();
        }
        List<Record> found = at.getOrDefault(type, List.of());
        return List.copyOf(found.isEmpty() ? at.getOrDefault(Type.CNAME, List.of()) : found);
    }

    /** @return the rcode: NOERROR when all was applied, else nothing was */
    synchronized int update(List<Record> prerequisites, List<Record> changes) {
        int rcode = prerequisites(prerequisites);
        if (rcode != Rcode.NOERROR) {
            return rcode;
        }
        for (Record change : changes) {
            rcode = prescan(change);
            if (rcode != Rcode.NOERROR) {
                return rcode;
            }
        }
        Map<Name, Map<Integer, List<Record>>> next = copy();
        changes.forEach(change -> apply(next, change));
        if (!next.equals(names)) {
            nextSerial(next);
            names = next;
        }
        return Rcode.NOERROR;
    }

    /** RFC 2136 3.2. */
    private int prerequisites(List<Record> prerequisites) {
        Map<Name, Map<Integer, List<Record>>> demanded = new HashMap<>();
        for (Record wanted : prerequisites) {
            if (!wanted.getName().subdomain(origin)) {
                return Rcode.NOTZONE;
            }
            boolean anyType = wanted.getType() == Type.ANY;
            boolean there = anyType
                    ? !names.getOrDefault(wanted.getName(), Map.of()).isEmpty()
                    : !rrset(names, wanted.getName(), wanted.getType()).isEmpty();
            switch (wanted.getDClass()) {
                case DClass.ANY -> {
                    if (!there) {
                        return anyType ? Rcode.NXDOMAIN : Rcode.NXRRSET;
                    }
                }
                case DClass.NONE -> {
                    if (there) {
                        return anyType ? Rcode.YXDOMAIN : Rcode.YXRRSET;
                    }
                }
                case DClass.IN ->
                    demanded.computeIfAbsent(wanted.getName(), n -> new HashMap<>())
                            .computeIfAbsent(wanted.getType(), t -> new ArrayList<>())
                            .add(wanted);
                default -> {
                    return Rcode.FORMERR;
                }
            }
        }
        boolean allEqual = demanded.entrySet().stream().allMatch(byName -> byName.getValue().entrySet().stream()
                .allMatch(byType -> sameData(byType.getValue(), rrset(names, byName.getKey(), byType.getKey()))));
        return allEqual ? Rcode.NOERROR : Rcode.NXRRSET;
    }

    /** RFC 2136 3.4.1. */
    private int prescan(Record change) {
        if (!change.getName().subdomain(origin)) {
            return Rcode.NOTZONE;
        }
        boolean meta = change.getType() == Type.AXFR || change.getType() == Type.IXFR || change.getType() == Type.MAILB;
        return switch (change.getDClass()) {
            case DClass.IN, DClass.NONE -> meta || change.getType() == Type.ANY ? Rcode.FORMERR : Rcode.NOERROR;
            case DClass.ANY -> change.getTTL() != 0 || meta ? Rcode.FORMERR : Rcode.NOERROR;
            default -> Rcode.FORMERR;
        };
    }

    /** RFC 2136 3.4.2. */
    private void apply(Map<Name, Map<Integer, List<Record>>> next, Record change) {
        Name name = change.getName();
        int type = change.getType();
        boolean atOrigin = name.equals(origin);
        Map<Integer, List<Record>> at = next.computeIfAbsent(name, n -> new LinkedHashMap<>());
        switch (change.getDClass()) {
            case DClass.IN -> {
                boolean alias = change instanceof CNAMERecord;
                boolean aliasThere = at.containsKey(Type.CNAME);
                if (alias ? at.isEmpty() || aliasThere : !aliasThere) {
                    add(next, change);
                }
            }
            case DClass.ANY -> {
                if (type == Type.ANY) {
                    at.keySet().removeIf(t -> !(atOrigin && (t == Type.SOA || t == Type.NS)));
                } else if (!(atOrigin && (type == Type.SOA || type == Type.NS))) {
                    at.remove(type);
                }
            }
            default -> {
                List<Record> set = at.getOrDefault(type, new ArrayList<>());
                boolean lastNs = atOrigin && type == Type.NS && set.size() == 1;
                if (type != Type.SOA && !lastNs) {
                    set.removeIf(stored -> sameData(stored, change));
                }
                if (set.isEmpty()) {
                    at.remove(type);
                }
            }
        }
        if (at.isEmpty()) {
            next.remove(name);
        }
    }

    /** An RRset has one TTL (RFC 2181 5.2), so the newest counts for all; SOA is single. */
    private static void add(Map<Name, Map<Integer, List<Record>>> to, Record added) {
        List<Record> set = to.computeIfAbsent(added.getName(), n -> new LinkedHashMap<>())
                .computeIfAbsent(added.getType(), t -> new ArrayList<>());
        boolean single = added.getType() == Type.SOA || added.getType() == Type.CNAME;
        set.removeIf(stored -> single || sameData(stored, added));
        set.replaceAll(stored -> withTtl(stored, added.getTTL()));
        set.add(added);
    }

    private static Record withTtl(Record entry, long ttlSeconds) {
        return Record.newRecord(entry.getName(), entry.getType(), DClass.IN, ttlSeconds, entry.rdataToWireCanonical());
    }

    private void nextSerial(Map<Name, Map<Integer, List<Record>>> next) {
        SOARecord old = (SOARecord) rrset(next, origin, Type.SOA).get(0);
        add(
                next,
                new SOARecord(
                        origin,
                        DClass.IN,
                        old.getTTL(),
                        old.getHost(),
                        old.getAdmin(),
                        (old.getSerial() + 1) & 0xFFFF_FFFFL,
                        old.getRefresh(),
                        old.getRetry(),
                        old.getExpire(),
                        old.getMinimum()));
    }

    private Map<Name, Map<Integer, List<Record>>> copy() {
        Map<Name, Map<Integer, List<Record>>> copy = new TreeMap<>();
        names.forEach((name, sets) -> {
            Map<Integer, List<Record>> copied = new LinkedHashMap<>();
            sets.forEach((type, set) -> copied.put(type, new ArrayList<>(set)));
            copy.put(name, copied);
        });
        return copy;
    }

    private static List<Record> rrset(Map<Name, Map<Integer, List<Record>>> in, Name name, int type) {
        return in.getOrDefault(name, Map.of()).getOrDefault(type, List.of());
    }

    private static boolean sameData(List<Record> some, List<Record> others) {
        return some.size() == others.size()
                && some.stream().allMatch(one -> others.stream().anyMatch(other -> sameData(one, other)));
    }

    private static boolean sameData(Record one, Record other) {
        return one.getType() == other.getType()
                && Arrays.equals(one.rdataToWireCanonical(), other.rdataToWireCanonical());
    }
}
