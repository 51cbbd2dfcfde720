package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.daemon.mobility.MovePolicy.Situation;
import net.sojourn.daemon.mobility.Verdict.Why;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MoveOutcome;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;

/** What people ask and say of the places of connections: where they are and why, and where they shall be. Any thread. */
public final class MoveRequests {

    private static final String REFUSED = MoveOutcome.REFUSED.name();

    private final Mover mover;
    private final NetworkStack stack;
    private final MigrateExtension migrate;
    private final Timeline timeline;
    private final MovePolicy policy;
    private final RuleBook rules;

    MoveRequests(
            Mover mover,
            NetworkStack stack,
            MigrateExtension migrate,
            Timeline timeline,
            MovePolicy policy,
            RuleBook rules) {
        this.mover = mover;
        this.stack = stack;
        this.migrate = migrate;
        this.timeline = timeline;
        this.policy = policy;
        this.rules = rules;
    }

    /**
     * Where a connection is, and why it is not elsewhere.
     *
     * @param interfaceName that has its address; empty if none has
     * @param rule name of what holds for it beside the general order; empty if nothing does
     * @param why {@link Why}
     * @param words the same for people
     */
    public record Explanation(String interfaceName, String rule, String why, String words) {

        public static final Explanation NONE = new Explanation("", "", "", "");
    }

    /** For each connection, by its number, as things are now. Nothing is done. */
    public Map<Long, Explanation> explain() throws IOException {
        return mover.onThread(() -> {
            List<ConnectionInfo> connections = stack.connections();
            Map<Long, Explanation> explanations = new HashMap<>();
            if (!mover.isFollowing()) {
                connections.forEach(connection -> explanations.put(
                        connection.id(),
                        new Explanation("", "", Why.ROUTED.name(), "mode routed: its address does not change")));
                return explanations;
            }
            AddressView now = mover.look(connections);
            List<Verdict> verdicts = stack.onLoop(
                    nanos -> policy.decide(new Situation(mover.view(), now, false, nanos), mover.views(connections)));
            Map<Long, Verdict> byId =
                    verdicts.stream().collect(Collectors.toMap(Verdict::connection, verdict -> verdict));
            for (ConnectionInfo connection : connections) {
                Verdict verdict = byId.get(connection.id());
                if (verdict != null) {
                    explanations.put(
                            connection.id(),
                            new Explanation(
                                    now.interfaceOf(connection.tuple().localAddress()),
                                    verdict.rule().name(),
                                    verdict.why().name(),
                                    verdict.words()));
                }
            }
            return explanations;
        });
    }

    /** The addresses that connections may use now; none in mode routed. */
    public List<Reply.Uplink> uplinks() throws IOException {
        return mover.onThread(() -> {
            AddressView now = mover.isFollowing() ? mover.look(List.of()) : AddressView.NONE;
            Set<IpAddress> best = Mover.ANYBODY.stream()
                    .flatMap(anybody -> policy.best(now, anybody, Rule.NONE).stream())
                    .collect(Collectors.toSet());
            return now.interfaces().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> uplink(entry.getKey(), entry.getValue(), best.contains(entry.getKey())))
                    .toList();
        });
    }

    private static Reply.Uplink uplink(IpAddress address, InterfaceView of, boolean best) {
        return new Reply.Uplink(
                address.toString(), of.name(), of.kind().word(), of.metered(), of.metric(), of.never(), best);
    }

    /** What a person may say of one connection. */
    public enum RuleChange {
        /** Live at the one place given, and nowhere else. */
        PIN,
        /** Live anywhere again, whoever has pinned it. */
        UNPIN,
        /** The places given are better than all others. */
        PREFER,
        /** Never go to the interfaces given. */
        AVOID,
        /** What the configuration says holds again. */
        RELEASE
    }

    /**
     * Changes what holds for one connection, and moves it at once if that says so.
     *
     * @throws IOException if there is no such connection, or {@code places} do not go with the change
     */
    public void changeRule(long connection, RuleChange change, List<Place> places) throws IOException {
        ConnectionInfo info = stack.connections().stream()
                .filter(one -> one.id() == connection)
                .findFirst()
                .orElseThrow(() -> none(connection));
        boolean needsPlaces = change == RuleChange.PREFER || change == RuleChange.AVOID;
        if (change == RuleChange.PIN && places.size() != 1 || needsPlaces && places.isEmpty()) {
            throw new IOException("name " + (needsPlaces ? "at least one place" : "one place")
                    + ": an interface or an address of this host");
        }
        switch (change) {
            case PIN -> rules.pin(connection, info.tuple(), places.get(0));
            case UNPIN -> rules.unpin(connection, info.tuple());
            case PREFER -> rules.prefer(connection, info.tuple(), places);
            case AVOID ->
                rules.avoid(
                        connection,
                        info.tuple(),
                        places.stream().map(Place::text).toList());
            case RELEASE -> rules.release(connection);
        }
        String words = places.stream().map(Place::text).collect(Collectors.joining(" "));
        timeline.tell(
                Kind.RULE_CHANGED,
                connection,
                (change.name().toLowerCase(Locale.ROOT) + " " + words).strip(),
                "by hand",
                -1);
        mover.onThread(() -> {
            mover.follow(false);
            return Boolean.TRUE;
        });
    }

    private static IOException none(long connection) {
        return new IOException("no connection " + connection + "; 'sojourn connections' lists them");
    }

    /**
     * Moves because a person says so. With a place, the connections prefer it from now on; without one, they follow the
     * general order again.
     *
     * @param connection empty for all that can move
     * @param to empty for the best
     * @throws IOException if there is no such connection, or {@code to} is not ours
     */
    public List<Reply.Outcome> moveNow(Optional<Long> connection, Optional<Place> to) throws IOException {
        return mover.onThread(() -> {
            List<ConnectionInfo> chosen = stack.connections().stream()
                    .filter(info -> connection.isEmpty() ? info.migratable() : connection.get() == info.id())
                    .toList();
            if (connection.isPresent() && chosen.isEmpty()) {
                throw none(connection.get());
            }
            AddressView now = mover.look(chosen);
            if (to.isPresent() && now.interfaces().entrySet().stream().noneMatch(e -> isAt(to.get(), e))) {
                throw new IOException(to.get() + " is no address of ours and no interface with one; choose one of "
                        + now.addresses().stream()
                                .sorted()
                                .map(address -> address + " (" + now.interfaceOf(address) + ")")
                                .collect(Collectors.joining(", ")));
            }
            List<Reply.Outcome> outcomes = new ArrayList<>();
            for (ConnectionInfo info : chosen) {
                outcomes.add(to.isPresent() ? moveTo(to.get(), info, now) : moveToTheBest(info, now));
            }
            return outcomes;
        });
    }

    private static boolean isAt(Place place, Map.Entry<IpAddress, InterfaceView> address) {
        return place.holds(address.getKey(), address.getValue().name());
    }

    private Reply.Outcome moveTo(Place place, ConnectionInfo info, AddressView now) throws IOException {
        IpAddress peer = info.tuple().peerAddress();
        Optional<IpAddress> target = now.waysTo(peer).sources().stream()
                .filter(address -> place.holds(address, now.interfaceOf(address)))
                .findFirst();
        if (target.isEmpty()) {
            return new Reply.Outcome(info.id(), place.text(), REFUSED, "nothing there leads to " + peer);
        }
        Optional<String> objection = MovePolicy.objection(now, rules.ruleFor(info.id(), info.tuple()), target.get());
        if (objection.isPresent()) {
            return new Reply.Outcome(info.id(), target.get().toString(), REFUSED, objection.get());
        }
        Reply.Outcome outcome = move(info, target.get());
        if (!outcome.outcome().equals(REFUSED)) {
            rules.prefer(info.id(), info.tuple(), List.of(place));
        }
        return outcome;
    }

    private Reply.Outcome moveToTheBest(ConnectionInfo info, AddressView now) throws IOException {
        rules.forgetWish(info.id(), info.tuple());
        IpAddress peer = info.tuple().peerAddress();
        Optional<IpAddress> best = policy.best(now, peer, rules.ruleFor(info.id(), info.tuple()));
        return move(info, best.orElse(info.tuple().localAddress()));
    }

    private Reply.Outcome move(ConnectionInfo info, IpAddress target) throws IOException {
        return stack.onLoop(nanos -> {
            Optional<Migration> migration = migrate.migrationOf(info.id());
            String obstacle = migration.map(Mover::obstacle).orElse("it is gone");
            String outcome =
                    migration.map(found -> found.move(target, nanos).name()).orElse(REFUSED);
            return new Reply.Outcome(info.id(), target.toString(), outcome, outcome.equals(REFUSED) ? obstacle : "");
        });
    }
}
