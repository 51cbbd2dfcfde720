package net.sojourn.stack.tcp;

import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpView;

/**
 * Urgent data (RFC 9293 3.8.5) as RFC 6093 reads them: the pointer shows behind the last urgent octet, both ways. The octets
 * stay in the stream; a socket that was not asked to deliver them in line leaves the last one out. Loop thread only.
 */
final class UrgentData {

    private UrgentData() {}

    /** Whether text from {@code start} on goes with the URG flag (MUST-61). */
    static boolean isPending(Tcb tcb, long start) {
        return tcb.sndUp > start;
    }

    /** RFC 9293 3.10.7.4, sixth: the pointer only moves forward, and not behind what may still come. */
    static void step6Urgent(Tcb tcb, Path path, TcpView segment) {
        if (!segment.has(SegmentView.URG)
                || segment.urgentPointer() == 0
                || !tcb.state().mayReceiveText()) {
            return;
        }
        long last = path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt) + segment.urgentPointer() - 1;
        if (last >= tcb.rcvNxt && last > tcb.urgentOffset) {
            tcb.urgentOffset = last;
        }
    }
}
