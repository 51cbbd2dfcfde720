package net.sojourn.stack.tcp.loss;

import net.sojourn.stack.wire.SequenceNumber;

/**
 * Whether the last reduction of the congestion window was for nothing, because what seemed lost was only late. Three
 * kinds of evidence: an echoed timestamp older than the first retransmission (Eifel, RFC 3522), duplicate reports for all
 * that was sent again (RFC 3708), and new acknowledgements for what was not sent again after a time-out (F-RTO, RFC
 * 5682). What then follows is RFC 4015 3.2. Loop thread only.
 */
public final class SpuriousRecovery {

    /** Where F-RTO (RFC 5682 3.1) stands. */
    private enum Frto {
        OFF,
        /** Step 1: the first segment was sent again, the rest is held back. */
        AWAITING_FIRST_ACK,
        /** Step 2b: new text is sent in place of what seems lost. */
        AWAITING_SECOND_ACK
    }

    private boolean open;
    private long beganAt;
    private long unexplainedBytes;
    private boolean anySentAgain;
    private boolean eifelPending;
    private int firstTsVal;
    private long closesAt = Long.MAX_VALUE;
    private Frto frto = Frto.OFF;

    /**
     * The window was reduced.
     *
     * @param sndUna at that moment
     * @param byTimeout so that F-RTO applies; not if a recovery was under way already (RFC 5682 3.1, step 1)
     */
    public void begin(long sndUna, boolean byTimeout) {
        open = true;
        beganAt = sndUna;
        unexplainedBytes = 0;
        anySentAgain = false;
        eifelPending = false;
        closesAt = Long.MAX_VALUE;
        frto = byTimeout ? Frto.AWAITING_FIRST_ACK : Frto.OFF;
    }

    /** Nothing can be undone any more: the reduction was right, or another path began. */
    public void close() {
        open = false;
        eifelPending = false;
        frto = Frto.OFF;
    }

    /** The recovery has ended; duplicate reports may still come for what is outstanding now. */
    public void recoveryEnded(long sndNxt) {
        closesAt = sndNxt;
        frto = Frto.OFF;
    }

    /** @param hasTimestamps whether {@code tsVal}, the segment's TSval, went out with it */
    public void sentAgain(int bytes, boolean hasTimestamps, int tsVal) {
        if (!open) {
            return;
        }
        unexplainedBytes += bytes;
        if (!anySentAgain) {
            anySentAgain = true;
            eifelPending = hasTimestamps;
            firstTsVal = tsVal;
        }
    }

    /** RFC 2883: the peer had these octets [start, end) already. @return whether all that was sent again was needless */
    public boolean duplicateReported(long start, long end) {
        if (!open || start < beganAt) {
            return false;
        }
        unexplainedBytes -= end - start;
        return anySentAgain && unexplainedBytes <= 0;
    }

    /** RFC 3522 3.2 step 4: the first acknowledgement after a retransmission that moves SND.UNA. */
    public boolean isEchoOfOriginal(int tsEcr) {
        if (!eifelPending) {
            return false;
        }
        eifelPending = false;
        return tsEcr != 0 && SequenceNumber.isBefore(tsEcr, firstTsVal);
    }

    /** Whether F-RTO wants new text to go out before what seems lost. */
    public boolean prefersNewText() {
        return frto == Frto.AWAITING_SECOND_ACK;
    }

    /** No new text could be sent, or it was in vain: RFC 5682 3.1, steps 2a and 3a. */
    public void endFrto() {
        frto = Frto.OFF;
    }

    /**
     * RFC 5682 3.1 steps 2 and 3: an acknowledgement after a time-out.
     *
     * @param advances it moves SND.UNA
     * @param original it acknowledges, cumulatively or selectively, text that was not sent again
     * @return whether the time-out was spurious
     */
    public boolean acknowledgedAfterTimeout(boolean advances, boolean original) {
        switch (frto) {
            case OFF -> {}
            case AWAITING_FIRST_ACK -> frto = advances ? Frto.AWAITING_SECOND_ACK : Frto.OFF;
            case AWAITING_SECOND_ACK -> {
                frto = Frto.OFF;
                return original;
            }
        }
        return false;
    }

    /** SND.UNA has moved. */
    public void advanced(long sndUna) {
        if (sndUna > closesAt) {
            close();
        }
    }
}
