package net.sojourn.dns.reconcile;

import java.util.Set;
import java.util.stream.Collectors;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.NameSettings.Family;
import net.sojourn.dns.key.UpdateKey;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A name's settings in the form in which records need them.
 *
 * @param guardName where the guard's TXT record stands
 * @param types A, AAAA or both
 * @param keyWords the key for people; no secret
 */
public record NameTarget(NameSettings settings, Name host, Name guardName, Set<Integer> types, String keyWords) {

    public static NameTarget of(NameSettings settings, UpdateKey key) {
        try {
            Name host = Name.fromString(settings.host(), Name.root);
            Name guardName = settings.guardLabel().isEmpty() ? host : Name.fromString(settings.guardLabel(), host);
            Set<Integer> types = settings.families().stream()
                    .map(family -> family == Family.IPV4 ? Type.A : Type.AAAA)
                    .collect(Collectors.toUnmodifiableSet());
            return new NameTarget(settings, host, guardName, types, key.keyName() + " " + key.algorithm());
        } catch (TextParseException e) {
            throw new IllegalArgumentException("host: " + settings.host() + " leaves no room for the guard's label", e);
        }
    }
}
