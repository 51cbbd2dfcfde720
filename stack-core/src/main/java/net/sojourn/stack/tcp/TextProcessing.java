package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpView;

/** Text and FIN of an acceptable segment (RFC 9293 3.10.7.4, seventh and eighth), and which ACK they earn. */
final class TextProcessing {

    /** From here on a packet that is mostly text is kept as it came, and not copied. */
    private static final int LEAST_KEPT_BYTES = 16 * 1024;

    void step7Text(Tcb tcb, Path path, TcpView segment, long nowNanos) {
        long start = path.numbering.rcvOffset(segment.seq(), tcb.rcvNxt) + (segment.has(SegmentView.SYN) ? 1 : 0);
        take(tcb, segment, 0, start, nowNanos);
    }

    /** The payload but its first {@code headBytes}; what follows them, or the FIN, is stream octet {@code start}. */
    void take(Tcb tcb, TcpView segment, int headBytes, long start, long nowNanos) {
        int length = segment.payloadBytes() - headBytes;
        if (segment.has(SegmentView.FIN) && tcb.peerFinOffset < 0 && start + length <= tcb.rcvAdv) {
            tcb.peerFinOffset = start + length;
        }
        if (length == 0) {
            // RFC 5681 4.2: a FIN before its text shows a gap as text does.
            tcb.ackNow |= segment.has(SegmentView.FIN) && start > tcb.rcvNxt;
            return;
        }
        if (!tcb.state().mayReceiveText()) {
            // After the peer's FIN there is no text; what comes is old.
            tcb.ackNow = true;
            return;
        }
        if (tcb.applicationClosed && start + length > tcb.rcvNxt) {
            tcb.tcp.counters.drop(DropReason.TCP_AFTER_CLOSE);
            tcb.tcp.output.sendReset(tcb);
            tcb.tcp.destroy(tcb, ConnectionFailure.ABORTED);
            return;
        }
        long from = Math.max(start, tcb.rcvNxt);
        long end = Math.min(start + length, tcb.rcvAdv);
        if (tcb.peerFinOffset >= 0) {
            end = Math.min(end, tcb.peerFinOffset);
        }
        reportDuplicate(tcb, start, Math.min(start + length, tcb.rcvNxt));
        if (end <= from) {
            tcb.ackNow = true;
            return;
        }
        Ecn.textArrives(tcb, segment);
        int wireBytes = segment.segmentBytes() > 0 ? segment.segmentBytes() : length;
        tcb.rcvMssSeen = Math.max(tcb.rcvMssSeen, Math.min(wireBytes, 65_535));
        if (tcb.tcp.memory.isExhausted()) {
            // The peer keeps it until it is acknowledged, and will send it again.
            tcb.tcp.counters.drop(DropReason.MEMORY_BUDGET);
            tcb.ackNow = true;
            return;
        }
        int index = segment.textIndex() + headBytes + (int) (from - start);
        if (from == tcb.rcvNxt) {
            inOrder(tcb, segment, index, (int) (end - from), nowNanos);
        } else {
            outOfOrder(tcb, from, segment, index, (int) (end - from));
        }
    }

    private static void inOrder(Tcb tcb, TcpView segment, int index, int length, long nowNanos) {
        BufferTuning.textArrived(tcb, segment, nowNanos);
        BufferTuning.textTaken(tcb, nowNanos);
        ByteBuf packet = segment.buffer();
        if (length >= LEAST_KEPT_BYTES && 2 * length > packet.capacity()) {
            tcb.receiveBuffer.appendOwned(packet.retain(), index, length, packet.capacity());
        } else {
            tcb.receiveBuffer.append(packet, index, length);
        }
        tcb.rcvNxt += length;
        boolean filled = !tcb.reassembly.isEmpty();
        if (filled) {
            tcb.rcvNxt = tcb.reassembly.drainTo(tcb.rcvNxt, tcb.receiveBuffer);
        }
        tcb.unacknowledgedReceived += length;
        decideAck(tcb, filled, nowNanos);
        tellWithBatch(tcb);
    }

    /** More may come in this batch, and waking a thread costs more than taking a segment in. */
    private static void tellWithBatch(Tcb tcb) {
        if (tcb.application != null) {
            tcb.readableWithBatch = true;
            tcb.tcp.wantsOutput(tcb);
        }
    }

    private static void outOfOrder(Tcb tcb, long from, TcpView segment, int index, int length) {
        tcb.tcp.counters.count(Counter.OUT_OF_ORDER_SEGMENTS);
        long known = tcb.reassembly.blockStart(from) >= 0 ? from : tcb.reassembly.nextBlockStart(from);
        if (known >= 0 && known < from + length) {
            reportDuplicate(tcb, known, Math.min(from + length, tcb.reassembly.blockEnd(known)));
        }
        tcb.reassembly.add(from, segment.buffer(), index, length);
        tcb.latestOutOfOrder = from;
        // RFC 5681 4.2: at once, so that the sender learns of the gap.
        tcb.ackNow = true;
    }

    private static void reportDuplicate(Tcb tcb, long start, long end) {
        if (end > start && tcb.duplicateStart < 0) {
            tcb.duplicateStart = start;
            tcb.duplicateEnd = end;
        }
    }

    /** RFC 9293 3.8.6.3, RFC 5681 4.2: at least every second full-sized segment, at once while there are gaps. */
    private static void decideAck(Tcb tcb, boolean filledGap, long nowNanos) {
        if (filledGap) {
            // The peer has lost something and starts again from a small window.
            tcb.quickAcks = Tcb.QUICK_ACKS;
        }
        if (filledGap || tcb.unacknowledgedReceived >= 2L * tcb.rcvMssSeen || tcb.duplicateStart >= 0) {
            ackSoon(tcb);
        } else if (tcb.quickAcks > 0) {
            // The peer is in slow start: each ACK lets it grow.
            tcb.quickAcks--;
            ackSoon(tcb);
        } else {
            ackLater(tcb, nowNanos);
        }
    }

    private static void ackLater(Tcb tcb, long nowNanos) {
        if (!tcb.ackDelayed) {
            tcb.ackDelayed = true;
            tcb.tcp.deadlines.set(
                    tcb.delayedAck, nowNanos + tcb.tcp.settings.delayedAck().toNanos());
        }
    }

    /** With the rest of this batch: one ACK for a burst is enough when all of it was in order. */
    private static void ackSoon(Tcb tcb) {
        tcb.ackDelayed = true;
        tcb.ackWithBatch = true;
        tcb.tcp.wantsOutput(tcb);
    }

    /** Eighth: the FIN takes effect when all text before it is here. */
    void step8Fin(Tcb tcb, long nowNanos) {
        if (tcb.endOfStream || tcb.peerFinOffset < 0 || tcb.rcvNxt != tcb.peerFinOffset) {
            return;
        }
        Tcp tcp = tcb.tcp;
        tcb.rcvNxt++;
        tcb.rcvAdv = Math.max(tcb.rcvAdv, tcb.rcvNxt);
        tcb.endOfStream = true;
        switch (tcb.state()) {
            case SYN_RECEIVED, ESTABLISHED -> {
                tcb.enter(TcpState.CLOSE_WAIT);
                // RFC 9293 3.8.6.3: most applications now close too, or answer, and what they send acknowledges.
                ackLater(tcb, nowNanos);
            }
            case FIN_WAIT_1 -> {
                tcb.ackNow = true;
                if (tcb.isFinAcknowledged()) {
                    tcb.enter(TcpState.TIME_WAIT);
                    tcp.timeouts.enterTimeWait(tcb, nowNanos);
                } else {
                    tcb.enter(TcpState.CLOSING);
                }
            }
            case FIN_WAIT_2 -> {
                tcb.ackNow = true;
                tcb.enter(TcpState.TIME_WAIT);
                tcp.timeouts.enterTimeWait(tcb, nowNanos);
            }
            default -> {}
        }
        tellWithBatch(tcb);
    }
}
