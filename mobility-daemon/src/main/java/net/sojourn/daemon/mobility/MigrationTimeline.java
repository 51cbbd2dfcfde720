package net.sojourn.daemon.mobility;

import java.util.concurrent.Executor;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationListener;

/** Puts what happens to connections on the timeline. On the loop; the telling itself is left to {@code teller}. */
public final class MigrationTimeline implements MigrationListener {

    private final Timeline timeline;
    private final Executor teller;

    /** @param teller one thread, so that events stay in their order */
    public MigrationTimeline(Timeline timeline, Executor teller) {
        this.timeline = timeline;
        this.teller = teller;
    }

    @Override
    public void migrationEvent(Migration migration, MigrationEvent event, long nowNanos) {
        long id = migration.connectionId();
        String here = migration.tuple().toString();
        if (event instanceof MigrationEvent.Negotiated) {
            tell(Kind.MIGRATABLE, id, here, "", -1);
        } else if (event instanceof MigrationEvent.Suspended suspended) {
            tell(Kind.SUSPENDED, id, here, suspended.cause().name(), -1);
        } else if (event instanceof MigrationEvent.MigrateSynSent sent) {
            String detail = "reqNo " + sent.reqNo() + ", transmission " + sent.transmission();
            tell(Kind.MIGRATE_SYN_SENT, id, sent.tuple().toString(), detail, -1);
        } else if (event instanceof MigrationEvent.MigrateSynReceived received) {
            tell(Kind.MIGRATE_SYN_RECEIVED, id, received.tuple().toString(), "reqNo " + received.reqNo(), -1);
        } else if (event instanceof MigrationEvent.PathSwitched switched) {
            String from = "from " + switched.oldTuple();
            tell(Kind.PATH_SWITCHED, id, switched.newTuple().toString(), from, switched.elapsedNanos() / 1000);
        } else if (event instanceof MigrationEvent.PathProbed probed) {
            tell(Kind.PATH_PROBED, id, probed.tuple().toString(), "", probed.elapsedNanos() / 1000);
        } else if (event instanceof MigrationEvent.ProbeUnanswered unanswered) {
            tell(Kind.PROBE_UNANSWERED, id, unanswered.tuple().toString(), "", -1);
        } else if (event instanceof MigrationEvent.Refused refused) {
            tell(Kind.REFUSED, id, here, refused.reason().name(), -1);
        } else if (event instanceof MigrationEvent.MoveAbandoned abandoned) {
            tell(Kind.ABANDONED, id, abandoned.tuple().toString(), "", -1);
        } else if (event instanceof MigrationEvent.Waiting waiting) {
            tell(Kind.WAITING, id, here, waiting.cause().name(), -1);
        } else if (event instanceof MigrationEvent.Resumed resumed) {
            tell(Kind.RESUMED, id, here, "", resumed.suspendedNanos() / 1000);
        } else if (event instanceof MigrationEvent.NoRoomToWait noRoom) {
            tell(Kind.NO_ROOM_TO_WAIT, id, here, "", noRoom.suspendedNanos() / 1000);
        } else if (event instanceof MigrationEvent.GaveUp gaveUp) {
            tell(Kind.GAVE_UP, id, here, gaveUp.cause().name(), -1);
        }
    }

    private void tell(Kind kind, long id, String subject, String detail, long elapsedMicros) {
        teller.execute(() -> timeline.tell(kind, id, subject, detail, elapsedMicros));
    }
}
