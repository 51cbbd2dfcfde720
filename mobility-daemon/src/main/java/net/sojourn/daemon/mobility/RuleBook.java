package net.sojourn.daemon.mobility;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import net.sojourn.daemon.config.Entry;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * Which rule holds for which connection: the first of the configuration that fits what the connection was when it was first
 * seen (a rule shall not change because a peer has moved), or what a person has said since. Any thread.
 */
public final class RuleBook {

    private final List<Rule> rules;
    private final int firstEphemeralPort;
    private final int lastEphemeralPort;
    private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
    private final Map<Long, Facts> facts = new ConcurrentHashMap<>();
    private final Map<Long, Rule> byHand = new ConcurrentHashMap<>();

    private record Facts(IpAddress peer, int serverPort) {}

    /**
     * What holds for one connection in another life of the daemon too.
     *
     * @param peer where it was when the connection was first seen
     * @param byHand what a person has said; empty if nobody has
     */
    public record Kept(IpAddress peer, int serverPort, Optional<Rule> byHand) {

        private static final int MOST_PLACE_OCTETS = 64;

        public void write(StateWriter out) {
            out.address(peer).number16(serverPort).flag(byHand.isPresent());
            byHand.ifPresent(said -> {
                write(out, said.pin().stream().map(Place::text).toList());
                write(out, said.prefer().stream().map(Place::text).toList());
                write(out, said.never().stream().sorted().toList());
            });
        }

        private static void write(StateWriter out, List<String> places) {
            out.number16(places.size());
            places.forEach(place -> out.octets(place.getBytes(StandardCharsets.UTF_8)));
        }

        /** What {@link #write} wrote. */
        public static Kept read(StateReader in) throws FrozenStateException {
            IpAddress peer = in.address("peer of a rule");
            int serverPort = in.number16("port of a rule");
            if (!in.flag("rule by hand")) {
                return new Kept(peer, serverPort, Optional.empty());
            }
            Optional<Place> pin = places(in).stream().findFirst();
            List<Place> prefer = places(in);
            return new Kept(peer, serverPort, Optional.of(Rule.NONE.byHand(pin, prefer, Set.copyOf(texts(in)))));
        }

        private static List<Place> places(StateReader in) throws FrozenStateException {
            List<Place> places = new ArrayList<>();
            for (String text : texts(in)) {
                try {
                    places.add(Place.parse(text));
                } catch (IllegalArgumentException e) {
                    StateReader.require(false, "place of a rule");
                }
            }
            return places;
        }

        private static List<String> texts(StateReader in) throws FrozenStateException {
            List<String> texts = new ArrayList<>();
            for (int count = in.number16("places of a rule"); count > 0; count--) {
                texts.add(new String(in.octets("place of a rule", MOST_PLACE_OCTETS), StandardCharsets.UTF_8));
            }
            return texts;
        }
    }

    /** @param firstEphemeralPort of those that connections of ours begin at, up to {@code lastEphemeralPort} */
    public RuleBook(List<Rule> rules, int firstEphemeralPort, int lastEphemeralPort) {
        this.rules = List.copyOf(rules);
        this.firstEphemeralPort = firstEphemeralPort;
        this.lastEphemeralPort = lastEphemeralPort;
    }

    /** Whether the configuration has any. */
    public boolean hasRules() {
        return !rules.isEmpty();
    }

    /** Connection {@code id} came to be that way. */
    public void opened(long id, Entry entry) {
        entries.put(id, entry);
    }

    public Entry entryOf(long id) {
        return entries.getOrDefault(id, Entry.PROGRAM);
    }

    /** What holds for a connection; {@link Rule#NONE} if only the general order does. */
    public Rule ruleFor(long id, FourTuple tuple) {
        Rule said = byHand.get(id);
        return said != null ? said : configured(id, tuple);
    }

    private Rule configured(long id, FourTuple tuple) {
        Facts known = facts.computeIfAbsent(id, absent -> new Facts(tuple.peerAddress(), serverPort(tuple)));
        return rules.stream()
                .filter(rule -> rule.entry().isEmpty() || rule.entry().get() == entryOf(id))
                .filter(rule -> rule.ports().isEmpty() || rule.ports().contains(known.serverPort()))
                .filter(rule ->
                        rule.peers().isEmpty() || rule.peers().stream().anyMatch(block -> block.contains(known.peer())))
                .findFirst()
                .orElse(Rule.NONE);
    }

    private int serverPort(FourTuple tuple) {
        boolean opened = tuple.localPort() >= firstEphemeralPort && tuple.localPort() <= lastEphemeralPort;
        return opened ? tuple.peerPort() : tuple.localPort();
    }

    // ---- by hand

    /** It lives at {@code place} from now on, and nowhere else. */
    public void pin(long id, FourTuple tuple, Place place) {
        Rule now = ruleFor(id, tuple);
        Set<String> never = new HashSet<>(now.never());
        never.remove(place.text());
        byHand.put(id, now.byHand(Optional.of(place), now.prefer(), never));
    }

    /** It may live anywhere again, whoever pinned it. */
    public void unpin(long id, FourTuple tuple) {
        Rule now = ruleFor(id, tuple);
        byHand.put(id, now.byHand(Optional.empty(), now.prefer(), now.never()));
    }

    /** These places are better for it than all others; with none, the general order decides. */
    public void prefer(long id, FourTuple tuple, List<Place> places) {
        Rule now = ruleFor(id, tuple);
        byHand.put(id, now.byHand(now.pin(), List.copyOf(places), now.never()));
    }

    /** It is never moved to these interfaces, nor to those that its rule names. */
    public void avoid(long id, FourTuple tuple, List<String> interfaces) {
        Rule now = ruleFor(id, tuple);
        Set<String> never = new HashSet<>(now.never());
        never.addAll(interfaces);
        byHand.put(id, now.byHand(now.pin(), now.prefer(), Set.copyOf(never)));
    }

    /** The configuration holds again. */
    public void release(long id) {
        byHand.remove(id);
    }

    /** Takes back where a person has moved it to; what that person has pinned or forbidden holds on. */
    public void forgetWish(long id, FourTuple tuple) {
        Rule said = byHand.get(id);
        if (said != null) {
            Rule configured = configured(id, tuple);
            boolean nothingElse =
                    said.pin().equals(configured.pin()) && said.never().equals(configured.never());
            if (nothingElse) {
                byHand.remove(id);
            } else {
                byHand.put(id, said.byHand(said.pin(), configured.prefer(), said.never()));
            }
        }
    }

    /** For {@link #goOn} of the next life, by number of the connection. */
    public Map<Long, Kept> kept() {
        Map<Long, Kept> all = new TreeMap<>();
        facts.forEach((id, known) ->
                all.put(id, new Kept(known.peer(), known.serverPort(), Optional.ofNullable(byHand.get(id)))));
        return all;
    }

    /** What held before the daemon was replaced. */
    public void goOn(Map<Long, Kept> before) {
        before.forEach((id, kept) -> {
            facts.put(id, new Facts(kept.peer(), kept.serverPort()));
            kept.byHand().ifPresent(said -> byHand.put(id, said));
        });
    }

    /** Forgets all connections but these. */
    public void retain(Set<Long> living) {
        for (Map<Long, ?> map : new ArrayList<>(List.of(entries, facts, byHand))) {
            map.keySet().retainAll(living);
        }
    }
}
