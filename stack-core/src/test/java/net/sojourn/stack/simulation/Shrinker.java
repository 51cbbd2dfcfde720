package net.sojourn.stack.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import net.sojourn.stack.simulation.Scenario.Change;
import net.sojourn.stack.simulation.Scenario.HostPart;
import net.sojourn.stack.simulation.Scenario.Misfortune;
import net.sojourn.stack.simulation.Scenario.Transfer;

/**
 * Makes a scenario that fails small: leaves out what is not needed for the failure (delta debugging, Zeller 1999, over each
 * list in turn), shortens what is left, and sees to it that what remains still fails.
 */
final class Shrinker {

    private final Predicate<Scenario> fails;
    private int runsLeft;

    /** @param mostRuns how often {@code fails} may be asked */
    Shrinker(Predicate<Scenario> fails, int mostRuns) {
        this.fails = fails;
        this.runsLeft = mostRuns;
    }

    private boolean stillFails(Scenario candidate) {
        return runsLeft-- > 0 && fails.test(candidate);
    }

    /** @param failing for which the predicate holds, with its misfortunes written down */
    Scenario shrink(Scenario failing) {
        Scenario best = failing;
        int size = Integer.MAX_VALUE;
        while (sizeOf(best) < size && runsLeft > 0) {
            size = sizeOf(best);
            best = fewer(best, Scenario::transfers, best::transfers);
            best = fewer(best, Scenario::changes, best::changes);
            best = fewer(best, Scenario::misfortunes, best::misfortunes);
            best = withoutIdleHosts(best);
            best = shorter(best);
            best = plainer(best);
        }
        return best;
    }

    private static int sizeOf(Scenario scenario) {
        return scenario.toString().length()
                + scenario.transfers().stream()
                        .mapToInt(t -> t.upBytes() + t.downBytes())
                        .sum();
    }

    /** Leaves out pieces of one list, halves first, then ever smaller ones. */
    private <T> Scenario fewer(Scenario from, Function<Scenario, List<T>> part, Function<List<T>, Scenario> with) {
        Scenario best = from;
        int piece = Math.max(1, part.apply(from).size() / 2);
        while (true) {
            List<T> all = part.apply(best);
            for (int start = 0; start < all.size(); ) {
                List<T> rest = new ArrayList<>(all.subList(0, start));
                rest.addAll(all.subList(Math.min(all.size(), start + piece), all.size()));
                Scenario candidate = with.apply(rest);
                if (stillFails(candidate)) {
                    best = candidate;
                    all = rest;
                } else {
                    start += piece;
                }
            }
            if (piece == 1) {
                return best;
            }
            piece = piece / 2;
        }
    }

    private Scenario withoutIdleHosts(Scenario from) {
        Map<Integer, Integer> renamed = new HashMap<>();
        List<HostPart> hosts = new ArrayList<>();
        for (int i = 0; i < from.hosts().size(); i++) {
            int host = i;
            if (from.transfers().stream().anyMatch(t -> t.client() == host || t.server() == host)) {
                renamed.put(i, hosts.size());
                hosts.add(from.hosts().get(i));
            }
        }
        if (hosts.size() == from.hosts().size()) {
            return from;
        }
        List<Transfer> transfers = new ArrayList<>();
        for (Transfer t : from.transfers()) {
            transfers.add(new Transfer(
                    renamed.getOrDefault(t.client(), 0),
                    renamed.getOrDefault(t.server(), 0),
                    t.atMicros(),
                    t.upBytes(),
                    t.downBytes(),
                    t.pauseMicros(),
                    t.pauseForMicros()));
        }
        List<Change> changes = from.changes().stream()
                .filter(c -> renamed.containsKey(c.host()))
                .map(c -> new Change(c.atMicros(), renamed.getOrDefault(c.host(), 0), c.kind(), c.value()))
                .toList();
        List<Misfortune> misfortunes = from.misfortunes().stream()
                .filter(m -> renamed.containsKey(m.host()))
                .map(m -> new Misfortune(renamed.getOrDefault(m.host(), 0), m.up(), m.packet(), m.fate(), m.value()))
                .toList();
        Scenario candidate =
                from.hosts(hosts).transfers(transfers).changes(changes).misfortunes(misfortunes);
        return stillFails(candidate) ? candidate : from;
    }

    /** Halves what is sent as long as that still fails. */
    private Scenario shorter(Scenario from) {
        Scenario best = from;
        for (int i = 0; i < from.transfers().size(); i++) {
            boolean goes = true;
            while (goes) {
                Transfer t = best.transfers().get(i);
                goes = false;
                for (Transfer less : List.of(
                        lengths(t, t.upBytes() / 2, t.downBytes() / 2),
                        lengths(t, 0, t.downBytes()),
                        lengths(t, t.upBytes(), 0),
                        lengths(t, t.upBytes() / 2, t.downBytes()),
                        lengths(t, t.upBytes(), t.downBytes() / 2),
                        new Transfer(t.client(), t.server(), 0, t.upBytes(), t.downBytes(), 0, 0))) {
                    Scenario candidate = best.transfers(with(best.transfers(), i, less));
                    if (!less.equals(t) && stillFails(candidate)) {
                        best = candidate;
                        goes = true;
                        break;
                    }
                }
            }
        }
        return best;
    }

    private static Transfer lengths(Transfer t, int up, int down) {
        return new Transfer(t.client(), t.server(), t.atMicros(), up, down, t.pauseMicros(), t.pauseForMicros());
    }

    private static <T> List<T> with(List<T> list, int at, T value) {
        List<T> copy = new ArrayList<>(list);
        copy.set(at, value);
        return copy;
    }

    /** Takes a host for a plain one where that makes no difference. */
    private Scenario plainer(Scenario from) {
        Scenario best = from;
        for (int i = 0; i < from.hosts().size(); i++) {
            HostPart h = best.hosts().get(i);
            for (HostPart plain : List.of(
                    new HostPart(false, true, true, true, 4 << 20, "cubic", 10_000, 0, 100_000, 0, 0, 1, 0, 0, 0, 0, 0),
                    link(h, 10_000, 0, 100_000),
                    link(h, h.delayMicros(), h.bitsPerSecond(), h.queueBytes()))) {
                Scenario candidate = best.hosts(with(best.hosts(), i, plain));
                if (!plain.equals(h) && stillFails(candidate)) {
                    best = candidate;
                    break;
                }
            }
        }
        return best;
    }

    /** The same host on a link without chance, which counts for nothing once misfortunes are written down. */
    private static HostPart link(HostPart h, long delayMicros, long bitsPerSecond, int queueBytes) {
        return new HostPart(
                h.ipv6(),
                h.sack(),
                h.timestamps(),
                h.scaling(),
                h.receiveBytes(),
                h.congestion(),
                delayMicros,
                bitsPerSecond,
                queueBytes,
                0,
                0,
                1,
                0,
                0,
                0,
                0,
                0);
    }
}
