package net.sojourn.daemon.mobility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.sojourn.stack.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class MovePolicyTest {

    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress B = IpAddress.parse("10.1.0.1");
    private static final IpAddress PEER = IpAddress.parse("192.0.2.9");
    private static final AddressView ON_A = new AddressView(Set.of(A), Map.of(PEER, A));
    private static final AddressView ON_B = new AddressView(Set.of(B), Map.of(PEER, B));
    private static final AddressView BOTH_PREFER_B = new AddressView(Set.of(A, B), Map.of(PEER, B));
    private static final AddressView B_WITHOUT_ROUTE = new AddressView(Set.of(B), Map.of());
    private static final AddressView ROUTE_TO_UNUSABLE = new AddressView(Set.of(), Map.of(PEER, B));

    private static ConnectionView onA(boolean migratable, boolean suspended, long lastMoveNanos) {
        return new ConnectionView(1, A, PEER, migratable, suspended, lastMoveNanos);
    }

    static Stream<Arguments> cases() {
        long never = ConnectionView.NEVER;
        Decision moveToB = new Decision.Move(1, B);
        Decision suspend = new Decision.Suspend(1, A);
        return Stream.of(
                Arguments.of("nothing changed", ON_A, ON_A, onA(true, false, never), List.of()),
                Arguments.of("address replaced", ON_A, ON_B, onA(true, false, never), List.of(moveToB)),
                Arguments.of("just moved, address gone", ON_A, ON_B, onA(true, false, 99), List.of(moveToB)),
                Arguments.of("no address left", ON_A, AddressView.NONE, onA(true, false, never), List.of(suspend)),
                Arguments.of("no route yet", ON_A, B_WITHOUT_ROUTE, onA(true, false, never), List.of(suspend)),
                Arguments.of("address not usable", ON_A, ROUTE_TO_UNUSABLE, onA(true, false, never), List.of(suspend)),
                Arguments.of("suspended already", AddressView.NONE, AddressView.NONE, onA(true, true, 5), List.of()),
                Arguments.of("new after outage", AddressView.NONE, ON_B, onA(true, true, 99), List.of(moveToB)),
                Arguments.of(
                        "same after outage",
                        AddressView.NONE,
                        ON_A,
                        onA(true, true, never),
                        List.of(new Decision.Move(1, A))),
                Arguments.of("waits for a silent peer", ON_A, ON_A, onA(true, true, never), List.of()),
                Arguments.of("better uplink", ON_A, BOTH_PREFER_B, onA(true, false, never), List.of(moveToB)),
                Arguments.of(
                        "better uplink, just moved",
                        ON_A,
                        BOTH_PREFER_B,
                        onA(true, false, 90),
                        List.of(new Decision.Later(1, 140))),
                Arguments.of("legacy peer", ON_A, ON_B, onA(false, false, never), List.of()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void decides(String name, AddressView old, AddressView now, ConnectionView connection, List<Decision> expected) {
        assertEquals(expected, new MovePolicy(50).decide(old, now, List.of(connection), 100));
    }
}
