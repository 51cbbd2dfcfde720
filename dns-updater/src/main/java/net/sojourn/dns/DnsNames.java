package net.sojourn.dns;

import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** The one spelling in which names are compared: lower case, with the final dot. RFC 4343. */
public final class DnsNames {

    private DnsNames() {}

    /** @throws IllegalArgumentException if {@code name} is no host name of at least one label */
    public static String canonical(String name) {
        return parse(name).toString().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException as {@link #canonical} */
    public static Name parse(String name) {
        try {
            Name parsed = Name.fromString(name, Name.root);
            if (name.isBlank() || parsed.equals(Name.root)) {
                throw new IllegalArgumentException("a DNS name is expected, such as laptop.example.org");
            }
            return parsed;
        } catch (TextParseException e) {
            throw new IllegalArgumentException("'" + name + "' is no DNS name: " + e.getMessage(), e);
        }
    }
}
