package net.sojourn.daemon.restart;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.sojourn.daemon.entry.RelayState;
import net.sojourn.daemon.mobility.RuleBook;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * What a daemon knows of its connections besides what their stack does.
 *
 * @param relays that stand still
 * @param peerNames by which the peers of some can be found, by number of the connection
 * @param rules which hold for them, by number of the connection
 */
public record DaemonState(List<RelayState> relays, Map<Long, String> peerNames, Map<Long, RuleBook.Kept> rules) {

    static final DaemonState NOTHING = new DaemonState(List.of(), Map.of(), Map.of());

    /** RFC 1035 2.3.4; and a SOCKS5 client cannot say a longer one. */
    private static final int MOST_NAME_OCTETS = 255;

    byte[] encode() {
        try (StateWriter out = new StateWriter()) {
            out.number32(relays.size());
            relays.forEach(relay -> relay.write(out));
            Map<Long, byte[]> names = new TreeMap<>();
            peerNames.forEach((id, name) -> {
                byte[] octets = name.getBytes(StandardCharsets.UTF_8);
                if (octets.length <= MOST_NAME_OCTETS) {
                    names.put(id, octets);
                }
            });
            out.number32(names.size());
            names.forEach((id, octets) -> out.number64(id).octets(octets));
            out.number32(rules.size());
            rules.forEach((id, rule) -> rule.write(out.number64(id)));
            return out.toBytes();
        }
    }

    /** What {@link #encode} wrote. */
    static DaemonState decode(byte[] octets) throws FrozenStateException {
        StateReader in = new StateReader(octets);
        List<RelayState> relays = new ArrayList<>();
        for (int count = in.number32("number of relays", 0, Integer.MAX_VALUE); count > 0; count--) {
            relays.add(RelayState.read(in));
        }
        Map<Long, String> names = new TreeMap<>();
        for (int count = in.number32("number of names", 0, Integer.MAX_VALUE); count > 0; count--) {
            long id = in.number64("connection of a name", 1, Long.MAX_VALUE);
            String name = new String(in.octets("name of a peer", MOST_NAME_OCTETS), StandardCharsets.UTF_8);
            StateReader.require(!name.isEmpty() && names.put(id, name) == null, "name of a peer");
        }
        Map<Long, RuleBook.Kept> rules = new TreeMap<>();
        for (int count = in.number32("number of rules", 0, Integer.MAX_VALUE); count > 0; count--) {
            long id = in.number64("connection of a rule", 1, Long.MAX_VALUE);
            StateReader.require(rules.put(id, RuleBook.Kept.read(in)) == null, "connection of a rule");
        }
        in.end("the daemon's part");
        return new DaemonState(relays, names, rules);
    }

    /** The same with other relays. */
    DaemonState with(List<RelayState> others) {
        return new DaemonState(others, peerNames, rules);
    }
}
