package net.sojourn.daemon.mobility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.daemon.config.MoveSettings.Criterion;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.daemon.mobility.AddressView.Ways;
import net.sojourn.daemon.mobility.ConnectionView.Memory;
import net.sojourn.daemon.mobility.ConnectionView.Waiting;
import net.sojourn.daemon.mobility.MovePolicy.Situation;
import net.sojourn.daemon.mobility.Verdict.Why;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.LinkKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection on A, which eth0 has; B is wlan0's, C is wwan0's. Times are nanoseconds; it is 1000. */
final class MovePolicyTest {

    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress B = IpAddress.parse("10.1.0.1");
    private static final IpAddress C = IpAddress.parse("10.2.0.1");
    private static final IpAddress PEER = IpAddress.parse("192.0.2.9");
    private static final long NOW = 1000;
    private static final MoveSettings SETTINGS = new MoveSettings(
            List.of(Criterion.METRIC, Criterion.KERNEL),
            List.of(LinkKind.WIRED, LinkKind.WIFI, LinkKind.MOBILE),
            0,
            50,
            160,
            5000,
            1,
            List.of(),
            List.of());

    private static final Map<IpAddress, InterfaceView> INTERFACES = Map.of(
            A, new InterfaceView("eth0", LinkKind.WIRED, false, 100, false),
            B, new InterfaceView("wlan0", LinkKind.WIFI, false, 100, false),
            C, new InterfaceView("wwan0", LinkKind.MOBILE, true, 100, false));

    private static final Decision STAY = new Decision.Stay();

    /** Those addresses are there and lead to the peer; the kernel would take the first. */
    private static AddressView view(IpAddress... addresses) {
        return view(INTERFACES, addresses);
    }

    private static AddressView view(Map<IpAddress, InterfaceView> interfaces, IpAddress... addresses) {
        Map<IpAddress, InterfaceView> present = new HashMap<>();
        Arrays.stream(addresses).forEach(address -> present.put(address, interfaces.get(address)));
        List<IpAddress> sources = List.of(addresses);
        return new AddressView(present, Map.of(PEER, new Ways(sources.stream().findFirst(), sources)));
    }

    /** An address without a way to the peer. */
    private static AddressView without(IpAddress address) {
        return new AddressView(Map.of(address, INTERFACES.get(address)), Map.of());
    }

    private static ConnectionView onA(Waiting waiting, Rule rule, Memory memory) {
        return new ConnectionView(1, A, PEER, "", waiting, rule, memory);
    }

    private static ConnectionView onA() {
        return onA(Waiting.NOT, Rule.NONE, Memory.NONE);
    }

    private static ConnectionView onA(Waiting waiting) {
        return onA(waiting, Rule.NONE, Memory.NONE);
    }

    private static ConnectionView onA(Rule rule) {
        return onA(Waiting.NOT, rule, Memory.NONE);
    }

    private static Memory moved(int times, long lastNanos) {
        return new Memory(times, lastNanos, Optional.empty(), 0);
    }

    private static Rule pin(String place) {
        return new Rule(
                "r", List.of(), List.of(), Optional.empty(), Optional.of(Place.parse(place)), List.of(), Set.of());
    }

    private static Rule prefer(String... places) {
        List<Place> list = Arrays.stream(places).map(Place::parse).toList();
        return new Rule("r", List.of(), List.of(), Optional.empty(), Optional.empty(), list, Set.of());
    }

    private static Rule never(String... interfaces) {
        return new Rule("r", List.of(), List.of(), Optional.empty(), Optional.empty(), List.of(), Set.of(interfaces));
    }

    private static Decision forced(IpAddress to) {
        return new Decision.Move(to, false);
    }

    private static Decision voluntary(IpAddress to) {
        return new Decision.Move(to, true);
    }

    private static Verdict decide(
            MoveSettings settings, AddressView old, AddressView now, boolean awoke, ConnectionView c) {
        return new MovePolicy(settings)
                .decide(new Situation(old, now, awoke, NOW), List.of(c))
                .get(0);
    }

    static Stream<Arguments> paths() {
        AddressView onA = view(A);
        AddressView none = AddressView.NONE;
        Decision suspend = new Decision.Suspend(A);
        return Stream.of(
                Arguments.of("nothing changed", onA, onA, onA(), STAY, Why.BEST),
                Arguments.of("address replaced", onA, view(B), onA(), forced(B), Why.LOST),
                Arguments.of(
                        "address gone, just moved",
                        onA,
                        view(B),
                        onA(Waiting.NOT, Rule.NONE, moved(9, 999)),
                        forced(B),
                        Why.LOST),
                Arguments.of("no address left", onA, none, onA(), suspend, Why.NOWHERE),
                Arguments.of("no route yet", onA, without(B), onA(), suspend, Why.NOWHERE),
                Arguments.of("route gone, address lives", onA, without(A), onA(), STAY, Why.NOWHERE),
                Arguments.of(
                        "route gone, another leads",
                        onA,
                        new AddressView(INTERFACES, Map.of(PEER, new Ways(Optional.of(B), List.of(B)))),
                        onA(),
                        forced(B),
                        Why.LOST),
                Arguments.of("suspended already", none, none, onA(Waiting.FOR_ADDRESS), STAY, Why.NOWHERE),
                Arguments.of("new after outage", none, view(B), onA(Waiting.FOR_ADDRESS), forced(B), Why.LOST),
                Arguments.of("same after outage", none, onA, onA(Waiting.FOR_ADDRESS), forced(A), Why.RETURNED),
                Arguments.of("same, seen before", onA, onA, onA(Waiting.FOR_ADDRESS), forced(A), Why.RETURNED),
                Arguments.of("waits for a silent peer", onA, onA, onA(Waiting.FOR_PEER), STAY, Why.WAITS_FOR_PEER),
                Arguments.of("silent peer, route back", none, onA, onA(Waiting.FOR_PEER), forced(A), Why.RETURNED),
                Arguments.of("better uplink", onA, view(B, A), onA(), voluntary(B), Why.BETTER),
                Arguments.of("worse uplink", onA, view(A, B), onA(), STAY, Why.BEST));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("paths")
    void pathsComeAndGo(String name, AddressView old, AddressView now, ConnectionView c, Decision decision, Why why) {
        Verdict verdict = decide(SETTINGS, old, now, false, c);
        assertEquals(decision, verdict.decision(), verdict::words);
        assertEquals(why, verdict.why(), verdict::words);
    }

    @Test
    void whatCannotMoveIsLeftAlone() {
        ConnectionView plain = new ConnectionView(1, A, PEER, "plain TCP", Waiting.NOT, pin("wlan0"), Memory.NONE);
        Verdict verdict = decide(SETTINGS, view(A), view(B), false, plain);
        assertEquals(STAY, verdict.decision());
        assertEquals("plain TCP", verdict.words());
    }

    static Stream<Arguments> rules() {
        Decision suspend = new Decision.Suspend(A);
        return Stream.of(
                Arguments.of("pinned here", onA(pin("eth0")), view(B, A), STAY, Why.PINNED),
                Arguments.of("pinned by address", onA(pin("10.0.0.1")), view(B, A), STAY, Why.PINNED),
                Arguments.of("pinned here, lost", onA(pin("eth0")), view(B), suspend, Why.PIN_ABSENT),
                Arguments.of("pinned there", onA(pin("wwan0")), view(A, B, C), voluntary(C), Why.BETTER),
                Arguments.of(
                        "a pin is not damped",
                        onA(Waiting.NOT, pin("wwan0"), moved(9, 999)),
                        view(A, C),
                        voluntary(C),
                        Why.BETTER),
                Arguments.of("pinned there, absent", onA(pin("wwan0")), view(A, B), STAY, Why.PIN_ABSENT),
                Arguments.of(
                        "pinned here, back",
                        onA(Waiting.FOR_ADDRESS, pin("eth0"), Memory.NONE),
                        view(A, B),
                        forced(A),
                        Why.RETURNED),
                Arguments.of(
                        "pinned here, still away",
                        onA(Waiting.FOR_ADDRESS, pin("eth0"), Memory.NONE),
                        view(B),
                        STAY,
                        Why.PIN_ABSENT),
                Arguments.of("prefers this", onA(prefer("eth0")), view(B, A), STAY, Why.BEST),
                Arguments.of("prefers another", onA(prefer("wwan0")), view(A, B, C), voluntary(C), Why.BETTER),
                Arguments.of("second preference", onA(prefer("usb0", "wwan0")), view(A, C), voluntary(C), Why.BETTER),
                Arguments.of("preferred one absent", onA(prefer("wwan0")), view(B, A), voluntary(B), Why.BETTER),
                Arguments.of("preferred one absent, lost", onA(prefer("wwan0")), view(B), forced(B), Why.LOST),
                Arguments.of("never there", onA(never("wlan0")), view(B, A), STAY, Why.BEST),
                Arguments.of("never there, lost", onA(never("wlan0")), view(B), suspend, Why.FORBIDDEN),
                Arguments.of("never there, elsewhere", onA(never("wlan0")), view(B, C), forced(C), Why.LOST),
                Arguments.of("never here", onA(never("eth0")), view(A, B), voluntary(B), Why.BETTER),
                Arguments.of("never here, nowhere else", onA(never("eth0")), view(A), STAY, Why.FORBIDDEN));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void rulesHold(String name, ConnectionView c, AddressView now, Decision decision, Why why) {
        Verdict verdict = decide(SETTINGS, view(A), now, false, c);
        assertEquals(decision, verdict.decision(), verdict::words);
        assertEquals(why, verdict.why(), verdict::words);
    }

    /** One criterion more important than the next; the kernel would take wwan0, then wlan0, then eth0. */
    @ParameterizedTest(name = "by {0}: {1}")
    @CsvSource({
        "KERNEL,        10.2.0.1",
        "COST KERNEL,   10.1.0.1",
        "KIND KERNEL,   10.0.0.1",
        "METRIC,        10.1.0.1",
        "'',            10.2.0.1",
        "COST METRIC,   10.1.0.1",
        "KIND METRIC,   10.0.0.1",
    })
    void addressesAreCompared(String criteria, String expected) {
        Map<IpAddress, InterfaceView> interfaces = Map.of(
                A, new InterfaceView("eth0", LinkKind.WIRED, true, 100, false),
                B, new InterfaceView("wlan0", LinkKind.WIFI, false, 10, false),
                C, new InterfaceView("wwan0", LinkKind.MOBILE, true, 100, false));
        List<Criterion> prefer = Arrays.stream(criteria.split(" ", -1))
                .filter(word -> !word.isEmpty())
                .map(Criterion::valueOf)
                .toList();
        MovePolicy policy = new MovePolicy(with(prefer, 0));
        AddressView view = view(interfaces, C, B, A);
        assertEquals(Optional.of(IpAddress.parse(expected)), policy.best(view, PEER, Rule.NONE));
    }

    private static MoveSettings with(List<Criterion> prefer, long betterForNanos) {
        return new MoveSettings(
                prefer,
                SETTINGS.kinds(),
                betterForNanos,
                SETTINGS.dampingNanos(),
                SETTINGS.dampingMaxNanos(),
                SETTINGS.calmNanos(),
                SETTINGS.awakeNanos(),
                List.of(),
                List.of());
    }

    @Test
    void interfaceThatIsNeverMovedToIsLeftOutForAll() {
        Map<IpAddress, InterfaceView> interfaces =
                Map.of(A, INTERFACES.get(A), B, new InterfaceView("wlan0", LinkKind.WIFI, false, 1, true));
        assertEquals(
                Why.BEST,
                decide(SETTINGS, view(A), view(interfaces, B, A), false, onA()).why());
        assertEquals(
                new Decision.Suspend(A),
                decide(SETTINGS, view(A), view(interfaces, B), false, onA()).decision());
    }

    /** B has been better since {@code since} (0: only now); how long it must be that after so many moves. */
    @ParameterizedTest(name = "{1} moves, the last at {2}, B better since {3}, needs {0}: again at {4}")
    @CsvSource({
        // needs for the first move, moves, last, since, look again at (0: moves now)
        "0,   0, 0,    0,    0",
        "70,  0, 0,    0,    1070",
        "70,  0, 0,    950,  1020",
        "70,  0, 0,    930,  0",
        "0,   1, 990,  0,    1050",
        "0,   1, 990,  951,  1001",
        "0,   1, 990,  950,  0",
        "0,   2, 990,  0,    1100",
        "0,   3, 990,  0,    1160",
        "0,   9, 990,  0,    1160",
        "300, 3, 990,  0,    1300",
        "0,   9, -4000, 0,   0",
    })
    void laterMovesAreDamped(long betterForNanos, int moves, long last, long since, long again) {
        Memory memory = new Memory(moves, last, since == 0 ? Optional.empty() : Optional.of(B), since);
        Verdict verdict = decide(
                with(SETTINGS.prefer(), betterForNanos),
                view(A),
                view(B, A),
                false,
                onA(Waiting.NOT, Rule.NONE, memory));
        Decision expected = again == 0 ? voluntary(B) : new Decision.Later(B, again);
        assertEquals(expected, verdict.decision(), verdict::words);
    }

    @Test
    void anotherBetterAddressBeginsAnew() {
        Memory memory = new Memory(1, 990, Optional.of(C), 100);
        Verdict verdict = decide(SETTINGS, view(A), view(B, A), false, onA(Waiting.NOT, Rule.NONE, memory));
        assertEquals(new Decision.Later(B, NOW + 50), verdict.decision());
    }

    @Test
    void sleepIsFollowedByAQuestionToThePeer() {
        assertEquals(forced(A), decide(SETTINGS, view(A), view(A), true, onA()).decision());
        assertEquals(
                forced(A),
                decide(SETTINGS, view(A), view(A), true, onA(Waiting.FOR_PEER)).decision());
        assertEquals(
                forced(A),
                decide(SETTINGS, view(A), view(A), true, onA(pin("eth0"))).decision(),
                "pinned");
        assertEquals(
                forced(A),
                decide(SETTINGS, view(A), view(A), true, onA(pin("wwan0"))).decision(),
                "pinned elsewhere");
        assertEquals(forced(B), decide(SETTINGS, view(A), view(B), true, onA()).decision(), "another network after it");
        assertEquals(
                Why.NOWHERE,
                decide(SETTINGS, view(A), AddressView.NONE, true, onA()).why(),
                "no network after it");
    }

    /** What an operator reads in answer to "why did it not move?". */
    @Test
    void reasonsAreSentences() {
        Memory often = new Memory(3, 990, Optional.empty(), 0);
        assertEquals(
                "10.1.0.1 (wlan0) is better; it must stay so for 0.0 s more, since it has moved 3 times lately",
                decide(SETTINGS, view(A), view(B, A), false, onA(Waiting.NOT, Rule.NONE, often))
                        .words());
        assertEquals(
                "pinned to wwan0 by rule r, which does not lead to the peer; stays where it is",
                decide(SETTINGS, view(A), view(B, A), false, onA(pin("wwan0"))).words());
        assertEquals(
                "only interfaces that it must not move to lead to the peer: wlan0; waits",
                decide(SETTINGS, view(A), view(B), false, onA(never("wlan0"))).words());
        assertEquals(
                "the best of 2",
                decide(SETTINGS, view(A), view(A, B), false, onA()).words());
    }

    @Test
    void wishesAgainstRulesAreRefusedWithTheReason() {
        AddressView view = view(A, B, C);
        assertEquals(Optional.empty(), MovePolicy.objection(view, Rule.NONE, C));
        assertEquals(Optional.of("pinned to eth0 by rule r"), MovePolicy.objection(view, pin("eth0"), C));
        assertEquals(Optional.of("wwan0 is in never by rule r"), MovePolicy.objection(view, never("wwan0"), C));
        assertTrue(MovePolicy.objection(view(A), Rule.NONE, C).isPresent(), "not ours");
    }
}
