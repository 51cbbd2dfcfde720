package net.sojourn.dns.query;

/** How one attempt to update ended. Only a verified answer is the server's word; RFC 2136 3, RFC 8945 5.3. */
public sealed interface Attempt {

    /** Applied; {@code verified} is false for SIG(0), where the acknowledgement is a hint. */
    record Acknowledged(boolean verified) implements Attempt {}

    /** The guard was not as we thought, so nothing was changed by this message. */
    record GuardFailed() implements Attempt {}

    /** The server does not let us, or we do not know that it was the server. */
    record Denied(String why, boolean verified) implements Attempt {}

    /** That server is not the primary of that zone. */
    record Misdirected(String why) implements Attempt {}

    /** No usable answer: may be better the next time. */
    record Failed(String why) implements Attempt {}
}
