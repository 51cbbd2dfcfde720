package net.sojourn.dns.guard;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of the guard record: who publishes a name, and how often it has. Each update demands the present guard and
 * replaces it by the next, so that a repeated, late or replayed older update, or one of another host, is refused by the
 * server. Form: {@code owner=ID seq=N}.
 *
 * @param owner 1 to 64 of letters, digits, dot, underscore and hyphen
 * @param seq 0 or more; grows by one with each update
 */
public record Guard(String owner, long seq) {

    private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern TEXT = Pattern.compile("owner=(" + OWNER.pattern() + ") seq=(0|[1-9][0-9]{0,17})");

    /** @throws IllegalArgumentException if owner or seq is out of range */
    public Guard {
        requireOwner(owner);
        if (seq < 0) {
            throw new IllegalArgumentException("seq " + seq + " is negative");
        }
    }

    /** @throws IllegalArgumentException saying which characters are allowed */
    public static void requireOwner(String owner) {
        if (!OWNER.matcher(owner).matches()) {
            throw new IllegalArgumentException(
                    "owner id '" + owner + "' must be 1 to 64 of letters, digits, dot, underscore, hyphen");
        }
    }

    /** Empty for any text that is no guard of ours. */
    public static Optional<Guard> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        // At most 18 digits, so it fits a long.
        return matcher.matches()
                ? Optional.of(new Guard(matcher.group(1), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    public String text() {
        return "owner=" + owner + " seq=" + seq;
    }
}
