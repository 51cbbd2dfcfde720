package net.sojourn.migrate;

import net.sojourn.stack.FourTuple;

/** Something that happened to one connection's migration. Immutable; any thread. Nothing in it is secret. */
public sealed interface MigrationEvent {

    /** Both ends agreed: the connection can be moved. */
    record Negotiated() implements MigrationEvent {}

    /** No address: nothing is sent until there is one. */
    record Suspended(SuspensionCause cause) implements MigrationEvent {}

    /**
     * We asked the peer to follow.
     *
     * @param transmission 1 for the first SYN of this move
     */
    record MigrateSynSent(FourTuple tuple, int reqNo, int transmission) implements MigrationEvent {}

    /** The peer asked us to follow, and proved that it knows the connection's secret. */
    record MigrateSynReceived(FourTuple tuple, int reqNo) implements MigrationEvent {}

    /**
     * The connection lives on another path, or was confirmed on the same one.
     *
     * @param elapsedNanos since the move began: our first SYN, or the peer's
     */
    record PathSwitched(FourTuple oldTuple, FourTuple newTuple, long elapsedNanos) implements MigrationEvent {}

    /**
     * A path was tried and carries segments both ways; the connection is where it was.
     *
     * @param tuple as this end sees it; at the mover it is a place of its own, at the fixed host one of the peer's
     * @param elapsedNanos since the probe began
     */
    record PathProbed(FourTuple tuple, long elapsedNanos) implements MigrationEvent {}

    /** A path was tried and nothing came back. */
    record ProbeUnanswered(FourTuple tuple) implements MigrationEvent {}

    /** A move, or the negotiation, did not come about. The connection is as it was. */
    record Refused(Reason reason) implements MigrationEvent {}

    /** No answer on the new path; the old one, which was never given up, is used on. */
    record MoveAbandoned(FourTuple tuple) implements MigrationEvent {}

    /** MIGRATE_WAIT: kept, silent, until the peer is heard or moves. */
    record Waiting(SuspensionCause cause) implements MigrationEvent {}

    /**
     * The connection has a path again, the one that it had or another: then behind {@link PathSwitched}.
     *
     * @param suspendedNanos how long it had none
     */
    record Resumed(long suspendedNanos) implements MigrationEvent {}

    /** More connections wait, or hold more, than the limits allow: this one has waited longest and ends. */
    record NoRoomToWait(long suspendedNanos) implements MigrationEvent {}

    /** Waited in vain: the connection ends with an error. */
    record GaveUp(SuspensionCause cause) implements MigrationEvent {}

    /** Why something was refused. */
    enum Reason {
        /** The peer does not speak Migrate, or somebody on the path removed the option. */
        PEER_WITHOUT_MIGRATE,
        /** The peer's key fails the checks. */
        UNUSABLE_KEY,
        /** The acceptor answered with another curve than was offered. */
        CURVE_DIFFERS,
        /** The peer's proof that it calculated the same keys is wrong: somebody on the path alters options, or sits there. */
        PATH_ALTERS_OPTIONS,
        /** {@link MigrateSettings.Limits#maxConnections()} is reached. */
        TOO_MANY_CONNECTIONS,
        /** {@link MigrateSettings.Limits#maxMoves()} is reached. */
        TOO_MANY_MOVES,
        /** The connection is not in a state that may move. */
        STATE,
        /** The new address is of another family than the peer's. */
        ADDRESS_FAMILY,
        /** Another connection owns the new addresses and ports. */
        TUPLE_IN_USE,
        /** Our request was answered with a reset, by the peer or by a stranger. */
        RESET_BY_PEER,
        /** The peer has too many unfinished moves at present; we go on asking. */
        PEER_IS_BUSY
    }
}
