package net.sojourn.stack.tcp;

import static net.sojourn.stack.TcpState.CLOSED;
import static net.sojourn.stack.TcpState.CLOSE_WAIT;
import static net.sojourn.stack.TcpState.CLOSING;
import static net.sojourn.stack.TcpState.ESTABLISHED;
import static net.sojourn.stack.TcpState.FIN_WAIT_1;
import static net.sojourn.stack.TcpState.FIN_WAIT_2;
import static net.sojourn.stack.TcpState.LAST_ACK;
import static net.sojourn.stack.TcpState.LISTEN;
import static net.sojourn.stack.TcpState.SYN_RECEIVED;
import static net.sojourn.stack.TcpState.SYN_SENT;
import static net.sojourn.stack.TcpState.TIME_WAIT;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import net.sojourn.stack.TcpState;

/** The transitions of RFC 9293 figure 5, as a table that the code is held against; every state may also end in CLOSED. */
public final class StateDiagram {

    private static final Map<TcpState, Set<TcpState>> NEXT = new EnumMap<>(TcpState.class);

    static {
        NEXT.put(CLOSED, EnumSet.of(LISTEN, SYN_SENT, SYN_RECEIVED));
        NEXT.put(LISTEN, EnumSet.of(SYN_RECEIVED, SYN_SENT));
        NEXT.put(SYN_SENT, EnumSet.of(SYN_RECEIVED, ESTABLISHED));
        NEXT.put(SYN_RECEIVED, EnumSet.of(ESTABLISHED, FIN_WAIT_1));
        NEXT.put(ESTABLISHED, EnumSet.of(FIN_WAIT_1, CLOSE_WAIT));
        NEXT.put(FIN_WAIT_1, EnumSet.of(FIN_WAIT_2, CLOSING, TIME_WAIT));
        NEXT.put(FIN_WAIT_2, EnumSet.of(TIME_WAIT));
        NEXT.put(CLOSE_WAIT, EnumSet.of(LAST_ACK));
        NEXT.put(CLOSING, EnumSet.of(TIME_WAIT));
        NEXT.put(LAST_ACK, EnumSet.noneOf(TcpState.class));
        NEXT.put(TIME_WAIT, EnumSet.noneOf(TcpState.class));
    }

    private StateDiagram() {}

    public static boolean allows(TcpState from, TcpState to) {
        return to == CLOSED || NEXT.getOrDefault(from, Set.of()).contains(to);
    }
}
