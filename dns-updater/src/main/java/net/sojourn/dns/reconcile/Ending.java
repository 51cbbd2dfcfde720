package net.sojourn.dns.reconcile;

/** How a run ended that was not abandoned. */
sealed interface Ending {

    /** The primary has what we want; {@code believed} is false when only a hint says so. */
    record Applied(boolean believed) implements Ending {}

    /** The guard is another's. */
    record Conflict(String owner) implements Ending {}

    /** People must act; {@code certain} when the server itself has said so. */
    record Denied(String why, boolean certain) implements Ending {}

    /** May be better the next time. */
    record Failed(String why) implements Ending {}
}
