package net.sojourn.daemon.mobility;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.daemon.config.MoveSettings.Criterion;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.mobility.AddressView.Ways;
import net.sojourn.daemon.mobility.ConnectionView.Memory;
import net.sojourn.daemon.mobility.ConnectionView.Waiting;
import net.sojourn.daemon.mobility.Verdict.Why;
import net.sojourn.stack.IpAddress;

/**
 * Decides which connections move when the host's addresses or routes have changed. A pure function: the same arguments,
 * the same answer.
 *
 * <p>First the address that is best for a connection: of those that lead to its peer and that its rule and the interfaces
 * allow, the one that its rule prefers, then the one that {@link MoveSettings#prefer} puts first, then the kernel's. Then
 * whether to go there:
 *
 * <ul>
 *   <li>A connection whose address is gone, or leads to the peer no more, moves at once, or is suspended while there is
 *       nowhere to go.
 *   <li>One that works moves when the other address has been better for {@link MoveSettings#betterForNanos}; after each
 *       such move it has to have been that for longer. An uplink that comes and goes shall not drag it along.
 *   <li>A pin is obeyed at once, and a connection is never moved away from it.
 *   <li>After a sleep of the host the peer is asked to confirm the path, for it may have given it up.
 * </ul>
 */
public record MovePolicy(MoveSettings settings) {

    private static final Decision STAY = new Decision.Stay();

    /**
     * What has changed.
     *
     * @param awoke the host has just slept
     */
    public record Situation(AddressView old, AddressView now, boolean awoke, long nowNanos) {}

    /** A verdict for each connection, in their order. */
    public List<Verdict> decide(Situation situation, List<ConnectionView> connections) {
        return connections.stream()
                .map(connection -> decide(situation, connection))
                .toList();
    }

    /** The address that is best towards {@code peer}; empty if none is allowed that leads there. */
    public Optional<IpAddress> best(AddressView view, IpAddress peer, Rule rule) {
        return best(view, peer, rule, peer);
    }

    /** How often a connection has moved by its own wish, as far as it still counts. */
    public int movesThatCount(Memory memory, long nowNanos) {
        return memory.moves() == 0 || nowNanos - memory.lastNanos() >= settings.calmNanos() ? 0 : memory.moves();
    }

    private Optional<IpAddress> best(AddressView view, IpAddress peer, Rule rule, IpAddress local) {
        Ways ways = view.waysTo(peer);
        Comparator<IpAddress> order = Comparator.comparingInt(address -> preference(view, rule, address));
        for (Criterion criterion : settings.prefer()) {
            order = order.thenComparingInt(address -> rank(criterion, view, ways, address));
        }
        return ways.sources().stream()
                .filter(address -> isAllowed(view, rule, address))
                .min(order.thenComparingInt(address -> rank(Criterion.KERNEL, view, ways, address))
                        .thenComparing(address -> !address.equals(local))
                        .thenComparing(Comparator.naturalOrder()));
    }

    private static int preference(AddressView view, Rule rule, IpAddress address) {
        for (int i = 0; i < rule.prefer().size(); i++) {
            if (rule.prefer().get(i).holds(address, view.interfaceOf(address))) {
                return i;
            }
        }
        return rule.prefer().size();
    }

    private int rank(Criterion criterion, AddressView view, Ways ways, IpAddress address) {
        InterfaceView of = view.interfaces().get(address);
        if (of == null) {
            return Integer.MAX_VALUE;
        }
        return switch (criterion) {
            case METRIC -> of.metric();
            case COST -> of.metered() ? 1 : 0;
            case KIND -> {
                int at = settings.kinds().indexOf(of.kind());
                yield at < 0 ? settings.kinds().size() : at;
            }
            case KERNEL -> ways.kernel().equals(Optional.of(address)) ? 0 : 1;
        };
    }

    private static boolean isAllowed(AddressView view, Rule rule, IpAddress address) {
        InterfaceView of = view.interfaces().get(address);
        if (of == null || of.never() || rule.never().contains(of.name())) {
            return false;
        }
        return rule.pin().isEmpty() || rule.pin().get().holds(address, of.name());
    }

    /**
     * Why a person's wish to have a connection at {@code to} is against what the configuration, or that person, has said;
     * empty if it is not.
     */
    public static Optional<String> objection(AddressView view, Rule rule, IpAddress to) {
        InterfaceView of = view.interfaces().get(to);
        if (of == null) {
            return Optional.of(to + " is no address of this host's uplinks");
        }
        if (rule.pin().isPresent() && !rule.pin().get().holds(to, of.name())) {
            return Optional.of("pinned to " + rule.pin().get() + by(rule));
        }
        if (of.never()) {
            return Optional.of(of.name() + " has never = true");
        }
        return rule.never().contains(of.name()) ? Optional.of(of.name() + " is in never" + by(rule)) : Optional.empty();
    }

    // ---- one connection

    private Verdict decide(Situation situation, ConnectionView c) {
        if (!c.migratable()) {
            return verdict(c, STAY, Why.CANNOT, c.obstacle());
        }
        AddressView now = situation.now();
        boolean leads = now.waysTo(c.peer()).sources().contains(c.local());
        Optional<IpAddress> best = best(now, c.peer(), c.rule(), c.local());
        if (best.isEmpty()) {
            return nowhereToGo(situation, c, leads);
        }
        IpAddress to = best.get();
        if (to.equals(c.local())) {
            return atTheBest(situation, c);
        }
        if (!leads || c.suspended()) {
            return verdict(c, new Decision.Move(to, false), Why.LOST, lost(now, c, to));
        }
        return voluntary(situation, c, to);
    }

    private Verdict nowhereToGo(Situation situation, ConnectionView c, boolean leads) {
        AddressView now = situation.now();
        boolean alive = now.addresses().contains(c.local());
        Why why = reason(now, c);
        String words =
                switch (why) {
                    case PIN_ABSENT ->
                        "pinned to " + c.rule().pin().orElseThrow() + by(c.rule())
                                + ", which does not lead to the peer";
                    case FORBIDDEN ->
                        "only interfaces that it must not move to lead to the peer: " + names(now, c.peer());
                    default -> "no address of this host leads to the peer";
                };
        if (leads && !c.suspended() && situation.awoke()) {
            return confirm(c);
        }
        if (alive || c.suspended()) {
            return verdict(c, STAY, why, words + (c.suspended() ? "; waits" : "; stays where it is"));
        }
        return verdict(c, new Decision.Suspend(c.local()), why, words + "; waits");
    }

    private static Why reason(AddressView now, ConnectionView c) {
        if (c.rule().pin().isPresent()) {
            return Why.PIN_ABSENT;
        }
        return now.waysTo(c.peer()).sources().isEmpty() ? Why.NOWHERE : Why.FORBIDDEN;
    }

    private Verdict atTheBest(Situation situation, ConnectionView c) {
        // The address came back, or its route did: the peer must be asked to speak to it again.
        boolean back = c.waiting() == Waiting.FOR_ADDRESS
                || !situation.old().waysTo(c.peer()).sources().contains(c.local());
        if (c.suspended() && back) {
            return verdict(
                    c,
                    new Decision.Move(c.local(), false),
                    Why.RETURNED,
                    place(situation.now(), c.local()) + " is back");
        }
        if (situation.awoke()) {
            return confirm(c);
        }
        if (c.suspended()) {
            return verdict(c, STAY, Why.WAITS_FOR_PEER, "the peer is silent or has been reset; waits for it");
        }
        if (c.rule().pin().isPresent()) {
            return verdict(c, STAY, Why.PINNED, "pinned to " + c.rule().pin().get() + by(c.rule()));
        }
        int choices = situation.now().waysTo(c.peer()).sources().size();
        return verdict(
                c, STAY, Why.BEST, choices == 1 ? "the only address that leads to the peer" : "the best of " + choices);
    }

    private static Verdict confirm(ConnectionView c) {
        return verdict(
                c,
                new Decision.Move(c.local(), false),
                Why.AWOKE,
                "this host has slept: asks the peer for a sign of life");
    }

    private Verdict voluntary(Situation situation, ConnectionView c, IpAddress to) {
        String better = place(situation.now(), to) + " is better" + preferredBy(situation.now(), c.rule(), to);
        int moves = movesThatCount(c.memory(), situation.nowNanos());
        long needNanos = c.rule().pin().isPresent() ? 0 : neededNanos(moves);
        long sinceNanos =
                c.memory().better().equals(Optional.of(to)) ? c.memory().sinceNanos() : situation.nowNanos();
        long leftNanos = sinceNanos + needNanos - situation.nowNanos();
        if (leftNanos <= 0) {
            return verdict(c, new Decision.Move(to, true), Why.BETTER, better);
        }
        String wait = String.format(Locale.ROOT, "; it must stay so for %.1f s more", leftNanos / 1e9);
        Decision later = new Decision.Later(to, sinceNanos + needNanos);
        return moves == 0
                ? verdict(c, later, Why.TOO_NEW, better + wait)
                : verdict(c, later, Why.DAMPED, better + wait + ", since it has moved " + times(moves) + " lately");
    }

    private long neededNanos(int moves) {
        if (moves == 0) {
            return settings.betterForNanos();
        }
        long dampedNanos = settings.dampingNanos();
        for (int i = 1; i < moves && dampedNanos < settings.dampingMaxNanos(); i++) {
            dampedNanos *= 2;
        }
        return Math.max(settings.betterForNanos(), Math.min(dampedNanos, settings.dampingMaxNanos()));
    }

    // ---- words

    private static Verdict verdict(ConnectionView c, Decision decision, Why why, String words) {
        return new Verdict(c.id(), decision, why, c.rule(), words);
    }

    private static String lost(AddressView now, ConnectionView c, IpAddress to) {
        String lost = now.addresses().contains(c.local())
                ? c.suspended() ? "has no path" : c.local() + " leads to the peer no more"
                : c.local() + " is gone";
        return lost + "; goes to " + place(now, to);
    }

    private static String place(AddressView view, IpAddress address) {
        return address + " (" + view.interfaceOf(address) + ")";
    }

    private static String preferredBy(AddressView view, Rule rule, IpAddress to) {
        return rule.pin().isPresent()
                        || preference(view, rule, to) < rule.prefer().size()
                ? by(rule)
                : "";
    }

    private static String by(Rule rule) {
        return rule.name().equals("by hand") ? " by hand" : " by rule " + rule.name();
    }

    private static String names(AddressView view, IpAddress peer) {
        return String.join(
                ", ",
                view.waysTo(peer).sources().stream()
                        .map(view::interfaceOf)
                        .distinct()
                        .sorted()
                        .toList());
    }

    private static String times(int moves) {
        return moves == 1 ? "once" : moves + " times";
    }
}
