package net.sojourn.dns.message;

/** What became of one update message. */
public sealed interface SendOutcome {

    /**
     * The server says that it is done.
     *
     * @param authentic whether the answer is signed by the server; if not, it is only a hint
     */
    record Applied(boolean authentic) implements SendOutcome {}

    /** The guard was not the expected one: somebody else wrote, or our own update whose acknowledgement was lost. */
    record GuardFailed() implements SendOutcome {}

    /**
     * Refused, and the server proved that it was itself.
     *
     * @param zoneSuspect whether zone or server may have been found wrongly
     */
    record Denied(String why, boolean zoneSuspect) implements SendOutcome {}

    /**
     * An answer that proves nothing: it may be forged, or a passing trouble of the server.
     *
     * @param zoneSuspect whether zone or server may have been found wrongly
     */
    record Doubtful(String why, boolean zoneSuspect) implements SendOutcome {}

    /** No answer; the update may have been applied all the same. */
    record Unreachable(String why) implements SendOutcome {}
}
