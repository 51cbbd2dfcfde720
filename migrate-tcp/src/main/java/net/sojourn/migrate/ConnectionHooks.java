package net.sojourn.migrate;

import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;

/** What the stack tells of one connection, passed on to the parts it concerns. Loop thread only. */
final class ConnectionHooks implements ConnectionExtension {

    private final Migration migration;

    ConnectionHooks(Migration migration) {
        this.migration = migration;
    }

    @Override
    public void writeSyn(SynWriter syn, int transmission) {
        migration.negotiation().writeSyn(syn, transmission);
    }

    @Override
    public void synArrived(SegmentView syn) {
        migration.negotiation().synArrived(syn);
    }

    @Override
    public void openedByCookie(SegmentView segment) {
        migration.negotiation().openedByCookie(segment);
    }

    @Override
    public byte[] resetOption() {
        return migration.isNegotiated() ? migration.exchange().resetOption() : NO_OPTION;
    }

    @Override
    public boolean isProvedReset(SegmentView reset) {
        return migration.isNegotiated() && migration.exchange().isProvedReset(reset);
    }

    @Override
    public void established(long nowNanos) {
        migration.negotiation().established(nowNanos);
    }

    @Override
    public byte[] segmentOption(int roomBytes) {
        byte[] option = migration.negotiation().segmentOption(roomBytes);
        return option.length == 0 && migration.isNegotiated()
                ? migration.exchange().segmentOption(roomBytes)
                : option;
    }

    @Override
    public AckKind optionsArrived(SegmentView segment, long nowNanos) {
        migration.negotiation().segmentArrives(segment, nowNanos);
        return AckKind.ORDINARY;
    }

    @Override
    public void arrivedWhileSuspended(SegmentView segment, long nowNanos) {
        if (!segment.has(SegmentView.RST)) {
            migration.suspension().oldPathLives(nowNanos);
        }
    }

    @Override
    public void retransmissionTimedOut(int consecutive, long nowNanos) {
        migration.peerIsSilent(consecutive, nowNanos);
    }

    @Override
    public Verdict abortImpending(AbortCause cause, long nowNanos) {
        return migration.suspension().mayLiveOn(cause, nowNanos) ? Verdict.SUSPEND : Verdict.ABORT;
    }

    @Override
    public boolean isMigratable() {
        return migration.isMigratable();
    }

    @Override
    public String stateName() {
        return migration.state().label();
    }

    @Override
    public void freeze(StateWriter out, long nowNanos) {
        migration.freeze(out, nowNanos);
    }

    @Override
    public void closed() {
        migration.closed();
    }
}
