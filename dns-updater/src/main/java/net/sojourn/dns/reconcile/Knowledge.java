package net.sojourn.dns.reconcile;

import java.util.List;
import java.util.Optional;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.message.UpdateMessages;
import net.sojourn.dns.query.ServerView;
import net.sojourn.dns.zone.ZonePlace;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * What is known of a name's servers and guard, from one attempt to the next. All of it may be wrong, and then costs a query.
 * Reconcilers' thread.
 */
final class Knowledge {

    private final Name guardName;
    private final String ownerId;
    private Optional<ZonePlace> place = Optional.empty();
    private Optional<List<Record>> guardSeen = Optional.empty();
    private long seq;
    private int turn;

    Knowledge(Name guardName, NameMemory memory) {
        this.guardName = guardName;
        this.ownerId = memory.ownerId();
        this.seq = memory.seq();
        if (seq > 0) {
            guardSeen = Optional.of(List.of(record(new Guard(ownerId, seq))));
        }
    }

    Optional<ZonePlace> place() {
        return place;
    }

    void located(ZonePlace found) {
        place = Optional.of(found);
    }

    void forgetPlace() {
        place = Optional.empty();
    }

    /** The TXT RRset that the server should hold; empty when it must be read first. */
    Optional<List<Record>> guardSeen() {
        return guardSeen;
    }

    void forgetGuard() {
        guardSeen = Optional.empty();
    }

    /** The server's TXT is the truth for the counter; without one we go on from our own. */
    void read(ServerView view) {
        guardSeen = Optional.of(view.guardTexts());
        view.guard().ifPresent(guard -> seq = guard.seq());
    }

    /** The guard that the coming update writes. */
    Guard nextGuard() {
        return seq == 0 ? new Guard(ownerId, 1) : new Guard(ownerId, seq).next();
    }

    void written(Guard guard) {
        seq = guard.seq();
        guardSeen = Optional.of(List.of(record(guard)));
    }

    boolean isOurs(ServerView view) {
        return view.guard().filter(guard -> guard.ownerId().equals(ownerId)).isPresent();
    }

    long seq() {
        return seq;
    }

    String ownerId() {
        return ownerId;
    }

    /** Which server and protocol comes next. */
    int turn() {
        return turn;
    }

    void tryNextServer() {
        turn++;
    }

    void tryBestServer() {
        turn = 0;
    }

    private Record record(Guard guard) {
        return UpdateMessages.guardRecord(guardName, 0, guard);
    }
}
