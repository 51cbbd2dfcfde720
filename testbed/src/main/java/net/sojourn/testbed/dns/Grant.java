package net.sojourn.testbed.dns;

import java.util.Set;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What a key may change, like a line of BIND's {@code update-policy}: the records of these types at this name.
 *
 * @param keyName the TSIG key
 * @param name exactly this name
 * @param types numbers of {@link Type}
 */
public record Grant(Name keyName, Name name, Set<Integer> types) {

    public Grant {
        types = Set.copyOf(types);
    }

    boolean allows(Name key, Record change) {
        // Deleting "all RRsets" of a name needs all of them, so it is granted to nobody, as in BIND.
        return key.equals(keyName) && change.getName().equals(name) && types.contains(change.getType());
    }
}
