package net.sojourn.daemon.mobility;

import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationListener;

/** Puts what happens to connections on the timeline. On the loop. */
public final class MigrationTimeline implements MigrationListener {

    private final Timeline timeline;

    public MigrationTimeline(Timeline timeline) {
        this.timeline = timeline;
    }

    @Override
    public void migrationEvent(Migration migration, MigrationEvent event, long nowNanos) {
        long id = migration.connectionId();
        String here = migration.tuple().toString();
        if (event instanceof MigrationEvent.Negotiated) {
            timeline.tell(Kind.MIGRATABLE, id, here, "", -1);
        } else if (event instanceof MigrationEvent.Suspended suspended) {
            timeline.tell(Kind.SUSPENDED, id, here, suspended.cause().name(), -1);
        } else if (event instanceof MigrationEvent.MigrateSynSent sent) {
            String detail = "reqNo " + sent.reqNo() + ", transmission " + sent.transmission();
            timeline.tell(Kind.MIGRATE_SYN_SENT, id, sent.tuple().toString(), detail, -1);
        } else if (event instanceof MigrationEvent.MigrateSynReceived received) {
            timeline.tell(Kind.MIGRATE_SYN_RECEIVED, id, received.tuple().toString(), "reqNo " + received.reqNo(), -1);
        } else if (event instanceof MigrationEvent.PathSwitched switched) {
            String from = "from " + switched.oldTuple();
            timeline.tell(Kind.PATH_SWITCHED, id, switched.newTuple().toString(), from, switched.elapsedNanos() / 1000);
        } else if (event instanceof MigrationEvent.PathProbed probed) {
            timeline.tell(Kind.PATH_PROBED, id, probed.tuple().toString(), "", probed.elapsedNanos() / 1000);
        } else if (event instanceof MigrationEvent.ProbeUnanswered unanswered) {
            timeline.tell(Kind.PROBE_UNANSWERED, id, unanswered.tuple().toString(), "", -1);
        } else if (event instanceof MigrationEvent.Refused refused) {
            timeline.tell(Kind.REFUSED, id, here, refused.reason().name(), -1);
        } else if (event instanceof MigrationEvent.MoveAbandoned abandoned) {
            timeline.tell(Kind.ABANDONED, id, abandoned.tuple().toString(), "", -1);
        } else if (event instanceof MigrationEvent.Waiting waiting) {
            timeline.tell(Kind.WAITING, id, here, waiting.cause().name(), -1);
        } else if (event instanceof MigrationEvent.Resumed resumed) {
            timeline.tell(Kind.RESUMED, id, here, "", resumed.suspendedNanos() / 1000);
        } else if (event instanceof MigrationEvent.NoRoomToWait noRoom) {
            timeline.tell(Kind.NO_ROOM_TO_WAIT, id, here, "", noRoom.suspendedNanos() / 1000);
        } else if (event instanceof MigrationEvent.GaveUp gaveUp) {
            timeline.tell(Kind.GAVE_UP, id, here, gaveUp.cause().name(), -1);
        }
    }
}
