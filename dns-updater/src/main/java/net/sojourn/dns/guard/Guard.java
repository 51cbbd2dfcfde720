package net.sojourn.dns.guard;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who owns a name and how often it was changed: the value of the TXT record {@code mm1 owner=<id> seq=<n>}. Each update
 * demands the old value and writes the next, so an old signed message that is sent again finds another value and does
 * nothing. Immutable; any thread.
 *
 * @param ownerId 1 to 64 letters, digits, dots, underscores or hyphens
 * @param seq from 1; grows by one with each update
 */
public record Guard(String ownerId, long seq) {

    /** Nothing larger is read or written, so that the counter never meets its end. */
    public static final long MAX_SEQ = 999_999_999_999_999_999L;

    private static final Pattern OWNER = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern TEXT = Pattern.compile("mm1 owner=(" + OWNER.pattern() + ") seq=([1-9][0-9]{0,17})");

    public Guard {
        requireOwnerId(ownerId);
        if (seq < 1 || seq > MAX_SEQ) {
            throw new IllegalArgumentException("guard counter out of range: " + seq);
        }
    }

    /** @throws IllegalArgumentException when {@code ownerId} could not be written into the record */
    public static void requireOwnerId(String ownerId) {
        if (!OWNER.matcher(ownerId).matches()) {
            throw new IllegalArgumentException(
                    "owner id must be 1 to 64 letters, digits, '.', '_' or '-', but is \"" + ownerId + "\"");
        }
    }

    /** The guard that {@code text} spells; empty for anything else, whatever its octets. */
    public static Optional<Guard> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(new Guard(matcher.group(1), Long.parseLong(matcher.group(2))));
    }

    /** The value after this one; starts again at 1 after {@link #MAX_SEQ}, which only a hostile writer can reach. */
    public Guard next() {
        return new Guard(ownerId, seq == MAX_SEQ ? 1 : seq + 1);
    }

    public String text() {
        return "mm1 owner=" + ownerId + " seq=" + seq;
    }
}
