package net.sojourn.stack.tcp;

import static net.sojourn.stack.spi.SegmentView.ACK;
import static net.sojourn.stack.spi.SegmentView.FIN;
import static net.sojourn.stack.spi.SegmentView.PSH;
import static net.sojourn.stack.spi.SegmentView.RST;
import static net.sojourn.stack.spi.SegmentView.SYN;
import static net.sojourn.stack.spi.SegmentView.URG;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.spi.TextPieces;
import net.sojourn.stack.tcp.loss.SentSegments;
import net.sojourn.stack.wire.TcpOption;
import net.sojourn.stack.wire.TcpView;

/**
 * The only builder of a connection's segments (RFC 9293 3.8): what may go (windows, congestion, Nagle, silly windows) and
 * in how large pieces. Retransmissions read the send buffer, never a kept packet. Loop thread only.
 */
final class TcpOutput {

    private static final int TIMESTAMPS_PADDED_BYTES = 12;
    private static final int MAX_SACK_BLOCKS = 4;
    /** From here on a device gathers faster than the processor copies. */
    private static final int LEAST_GATHERED_BYTES = 4096;

    private final Tcp tcp;
    private final TextPieces pieces = new TextPieces();
    private final StreamBuffer.PieceSink gatherer = pieces::add;
    private final long[] sackBlocks = new long[2 * MAX_SACK_BLOCKS];
    private int sackBlockCount;

    TcpOutput(Tcp tcp) {
        this.tcp = tcp;
    }

    /** Sends whatever the connection may send now, at least an ACK if one is owed, and sets the retransmission timer. */
    void send(Tcb tcb, long nowNanos) {
        boolean fastOpen = FastOpen.isPending(tcb);
        if (tcb.suspended || !(tcb.state().isSynchronized() || fastOpen)) {
            return;
        }
        if (tcb.state().maySendText() || fastOpen) {
            tcb.cwndLimited = false;
            restartAfterIdle(tcb, nowNanos);
            if (!sendsNewBeforeLost(tcb, nowNanos)) {
                boolean stalled = sendLost(tcb, nowNanos);
                if (!stalled) {
                    sendNew(tcb, nowNanos);
                }
            }
            tcb.flightAfterOutputBytes = tcb.sndNxt - tcb.sndUna;
        }
        if (tcb.ackNow || tcb.ackWithBatch) {
            sendAck(tcb, nowNanos);
        }
        tcp.timeouts.arm(tcb, nowNanos);
        TailLossProbe.schedule(tcb, nowNanos);
    }

    private static void restartAfterIdle(Tcb tcb, long nowNanos) {
        if (tcb.sent.isEmpty()
                && tcb.sendEnd() > tcb.sndNxt
                && nowNanos - tcb.lastSentNanos > tcb.path.rtt.rtoNanos()) {
            tcb.path.congestion.restartAfterIdle(nowNanos);
        }
    }

    private static long allowance(Tcb tcb) {
        if (tcb.inRecovery && !tcb.path.congestion.governsRecovery()) {
            return tcb.prr.allowanceBytes();
        }
        long pipe = tcb.sent.pipeBytes();
        long allowed = tcb.path.congestion.cwndBytes() - pipe;
        // RFC 3042: each of the first two duplicates lets one new segment out.
        allowed += tcb.options.sackPermitted() ? 0 : (long) Math.min(2, tcb.duplicateAcks) * tcb.sndMss();
        return pipe == 0 ? Math.max(allowed, tcb.sndMss()) : allowed;
    }

    /** RFC 5682 3.1, step 2b: after the first ACK that follows a time-out, as long as there is new text to send. */
    private boolean sendsNewBeforeLost(Tcb tcb, long nowNanos) {
        if (!tcb.spurious.prefersNewText()) {
            return false;
        }
        long before = tcb.sndNxt;
        sendNew(tcb, nowNanos);
        if (tcb.sndNxt == before && tcb.sndNxt <= tcb.recoveryPoint) {
            tcb.spurious.endFrto();
            return false;
        }
        return true;
    }

    /** Sends lost text again. @return whether lost text is left that congestion control withholds */
    private boolean sendLost(Tcb tcb, long nowNanos) {
        SentSegments sent = tcb.sent;
        for (int i = sent.firstLost(); i >= 0; i = sent.firstLost()) {
            long room = allowance(tcb);
            if (tcb.sndWnd == 0 || sent.startOf(i) >= tcb.path.sendLimit) {
                return true;
            }
            if (room < Math.min(tcb.sndMss(), sent.endOf(i) - sent.startOf(i))) {
                tcb.cwndLimited = true;
                return true;
            }
            if (Pacer.allowance(tcb, room, nowNanos) == 0) {
                return true;
            }
            resend(tcb, i, tcb.sndMss(), nowNanos);
        }
        return false;
    }

    /** Sends the first octets of an outstanding range again, at most {@code limitBytes}. */
    void resend(Tcb tcb, int range, int limitBytes, long nowNanos) {
        long start = tcb.sent.startOf(range);
        int length = (int) Math.min(limitBytes, tcb.sent.endOf(range) - start);
        tcb.sent.retransmitted(range, length, nowNanos);
        tcp.counters.count(Counter.SEGMENTS_RETRANSMITTED);
        tcb.octetsRetransmitted += length;
        tcb.spurious.sentAgain(length, tcb.options.timestamps(), tcb.tsVal(nowNanos));
        if (tcb.inRecovery) {
            tcb.prr.sent(length);
        }
        sendText(tcb, start, length, false, nowNanos);
    }

    private void sendNew(Tcb tcb, long nowNanos) {
        int mss = tcb.sndMss();
        // Below the MTU too, a piece of several segments needs a device that cuts it: a peer's MSS may be small.
        int largest = tcp.ip.offloadsSegmentation()
                ? tcp.ip.maxTransportBytes(tcb.path.tuple().peerAddress()) - TcpView.MIN_HEADER_BYTES
                : 0;
        while (true) {
            long available = tcb.sendEnd() - tcb.sndNxt;
            long windowEnd = Math.min(tcb.sndUna + tcb.sndWnd, tcb.path.sendLimit);
            long usable = Math.min(available, windowEnd - tcb.sndNxt);
            if (usable <= 0) {
                if (available == 0 && tcb.sent.pipeBytes() < tcb.path.congestion.cwndBytes()) {
                    tcb.sent.rate().applicationLimits(tcb.sent.pipeBytes());
                }
                return;
            }
            long room = allowance(tcb);
            if (room < Math.min(mss, usable)) {
                tcb.cwndLimited = true;
                return;
            }
            long paced = Pacer.allowance(tcb, room, nowNanos);
            if (paced == 0) {
                tcb.cwndLimited = true;
                return;
            }
            int probeBytes = PathMtuDiscovery.probeTextBytes(tcb, usable, paced, nowNanos);
            if (probeBytes > 0) {
                PathMtuDiscovery.probeSent(tcb, tcb.sndNxt + probeBytes, probeBytes);
                sendNext(tcb, probeBytes, nowNanos);
                continue;
            }
            long length = Math.min(usable, paced);
            if (length > mss && UrgentData.isPending(tcb, tcb.sndNxt)) {
                // A device that cuts would give each piece the same urgent pointer.
                length = mss;
            } else if (length > mss) {
                length = Math.min(length, Math.max(mss, largest - optionBytesOf(tcb)));
                length -= length % mss;
            } else if (length < mss && !mayBeSmall(tcb, length, available)) {
                return;
            }
            sendNext(tcb, (int) length, nowNanos);
        }
    }

    static int optionBytesOf(Tcb tcb) {
        return tcb.options.timestamps() ? TIMESTAMPS_PADDED_BYTES : 0;
    }

    /** Nagle (RFC 9293 3.7.4) and the sender's side of silly window avoidance (3.8.6.2.1). */
    private static boolean mayBeSmall(Tcb tcb, long length, long available) {
        if (length == available) {
            return tcb.noDelay || UrgentData.isPending(tcb, tcb.sndNxt) || tcb.sent.isEmpty() || tcb.finOffset >= 0;
        }
        return length >= tcb.maxSndWnd / 2 && tcb.maxSndWnd > 0;
    }

    /** RFC 9293 3.8.6.2.1 (4): a window too small to be worth it, but all there has been for the override time. */
    void sendDespiteSmallWindow(Tcb tcb, long nowNanos) {
        long usable = Math.min(tcb.sendEnd(), tcb.sndUna + tcb.sndWnd) - tcb.sndNxt;
        if (usable > 0 && tcb.state().maySendText()) {
            sendNext(tcb, (int) Math.min(usable, tcb.sndMss()), nowNanos);
        }
    }

    /** The next {@code length} octets of sequence space go out for the first time. */
    void sendNext(Tcb tcb, int length, long nowNanos) {
        long start = tcb.sndNxt;
        if (tcb.sent.isEmpty()) {
            tcb.unacknowledgedSinceNanos = nowNanos;
        }
        tcb.sent.sent(start, start + length, nowNanos);
        tcb.sndNxt = start + length;
        tcb.probeRestart = true;
        if (tcb.inRecovery) {
            tcb.prr.sent(length);
        }
        sendText(tcb, start, length, true, nowNanos);
    }

    /** One piece of sequence space, the FIN included when it reaches that far; always carries the current ACK. */
    private void sendText(Tcb tcb, long start, int length, boolean isNew, long nowNanos) {
        boolean fin = tcb.finOffset >= 0 && start + length > tcb.finOffset;
        int textBytes = fin ? length - 1 : length;
        chooseSackBlocks(tcb);
        int mss = tcb.sndMss() - sackBytes();
        if (textBytes > 0 && mss < textBytes && sackBlockCount > 0) {
            // Reports on the reverse direction must not make the segments of this one too large.
            sackBlockCount = 0;
            mss = tcb.sndMss();
        }
        boolean gathered = gathers(tcb, start, textBytes);
        ByteBuf packet = tcp.writer.begin(tcb.path.tuple(), TcpOption.MAX_OPTION_BYTES + (gathered ? 0 : textBytes));
        writeOptions(tcb, packet, textBytes, nowNanos);
        int optionBytes = writeExtensionOption(tcb, packet, textBytes);
        if (textBytes > 0 && !gathered) {
            tcb.sendBuffer.copyTo(start, textBytes, packet);
        }
        int flags = ACK | (fin ? FIN : 0);
        if (textBytes > 0 && start + textBytes == tcb.sendBuffer.end()) {
            flags |= PSH;
        }
        boolean oneSegment = textBytes <= mss || (isNew && tcb.path.mtuProbeEnd == start + length);
        // What is to be cut was chosen before there was any, and has none in it.
        if (oneSegment && UrgentData.isPending(tcb, start)) {
            flags |= URG;
            SegmentWriter.urgentPointer(packet, tcb.sndUp - start);
        }
        tcb.lastSentNanos = nowNanos;
        Pacer.sent(tcb, length, nowNanos);
        transmit(
                tcb,
                packet,
                gathered ? pieces : TextPieces.NONE,
                start,
                flags,
                isNew && textBytes > 0,
                optionBytes,
                oneSegment ? 0 : mss);
        pieces.clear();
    }

    private boolean gathers(Tcb tcb, long start, int textBytes) {
        if (textBytes < LEAST_GATHERED_BYTES || !tcp.ip.gathers()) {
            return false;
        }
        if (!tcb.sendBuffer.gather(start, textBytes, gatherer)) {
            pieces.clear();
            return false;
        }
        return true;
    }

    /**
     * Text from {@code from} on, at most SND.NXT, that an extension's own segment is about to carry: what was never sent
     * counts as sent.
     *
     * @return octets, at most {@code limitBytes}, within the peer's window
     */
    int claimText(Tcb tcb, long from, int limitBytes, long nowNanos) {
        if (!tcb.state().maySendText() || tcb.sndUna < 0) {
            return 0;
        }
        long end = Math.min(tcb.sendBuffer.end(), Math.min(from + limitBytes, tcb.sndUna + tcb.sndWnd));
        if (end > tcb.sndNxt) {
            tcb.sent.sent(tcb.sndNxt, end, nowNanos);
            tcb.sndNxt = end;
        }
        return (int) Math.max(0, end - from);
    }

    /** Copies of what is outstanding, on a path that is not the active one. @return octets of the packets sent */
    int copyOutstanding(Tcb tcb, Path path, long from, int maxPacketBytes, long nowNanos) {
        int headerBytes =
                IpOutput.headerBytes(path.tuple().peerAddress()) + TcpView.MIN_HEADER_BYTES + optionBytesOf(tcb);
        long end = Math.min(tcb.sndNxt, tcb.sendBuffer.end());
        int sentBytes = 0;
        long start = from;
        while (start < end && sentBytes + headerBytes < maxPacketBytes) {
            int length =
                    (int) Math.min(end - start, Math.min(path.sndMssBytes, maxPacketBytes - sentBytes - headerBytes));
            ByteBuf packet = tcp.writer.begin(path.tuple(), TcpOption.MAX_OPTION_BYTES + length);
            sackBlockCount = 0;
            int optionBytes = writeOptions(tcb, packet, length, nowNanos);
            tcb.sendBuffer.copyTo(start, length, packet);
            tcb.segmentsSent++;
            tcb.octetsRetransmitted += length;
            int window = (int) Math.min(65_535, tcb.rcvWnd() >> Math.max(0, tcb.options.rcvWndScale()));
            tcp.writer.send(
                    packet,
                    path.tuple(),
                    path.numbering.sndWire(start),
                    path.numbering.rcvWire(path.ackOffset()),
                    ACK | PSH,
                    window,
                    tcb.dscpBits,
                    optionBytes,
                    0);
            sentBytes += headerBytes + length;
            start += length;
        }
        return sentBytes;
    }

    /** An acknowledgement without text, at once. */
    void sendAck(Tcb tcb, long nowNanos) {
        chooseSackBlocks(tcb);
        ByteBuf packet = tcp.writer.begin(tcb.path.tuple(), TcpOption.MAX_OPTION_BYTES);
        writeOptions(tcb, packet, 0, nowNanos);
        int optionBytes = writeExtensionOption(tcb, packet, 0);
        // A window that is shut, or has shrunk, takes nothing behind its end, not even what opens ours (RFC 9293 3.4).
        long windowEnd = Math.max(0, tcb.sndUna) + tcb.sndWnd;
        long seq = Math.min(tcb.sndNxt, Math.min(windowEnd, tcb.path.sendLimit));
        transmit(tcb, packet, TextPieces.NONE, seq, ACK, false, optionBytes, 0);
    }

    /** A segment without text one octet below SND.UNA, which the peer must answer (RFC 9293 3.8.4). */
    void sendKeepAlive(Tcb tcb, long nowNanos) {
        sackBlockCount = 0;
        ByteBuf packet = tcp.writer.begin(tcb.path.tuple(), TcpOption.MAX_OPTION_BYTES);
        int optionBytes = writeOptions(tcb, packet, 0, nowNanos);
        transmit(tcb, packet, TextPieces.NONE, tcb.sndUna - 1, ACK, false, optionBytes, 0);
    }

    private void transmit(
            Tcb tcb,
            ByteBuf packet,
            TextPieces text,
            long start,
            int flags,
            boolean newText,
            int optionBytes,
            int segmentBytes) {
        Path path = tcb.path;
        int window = nextWindowField(tcb);
        tcb.segmentsSent++;
        tcb.ackNow = false;
        tcb.ackWithBatch = false;
        tcb.ackDelayed = false;
        tcb.unacknowledgedReceived = 0;
        tcb.lastAckSent = tcb.rcvNxt;
        tcb.duplicateStart = -1;
        tcp.deadlines.cancel(tcb.delayedAck);
        int ack = path.numbering.rcvWire(path.ackOffset());
        tcp.writer.send(
                packet,
                text,
                path.tuple(),
                path.numbering.sndWire(start),
                ack,
                flags | Ecn.flags(tcb, newText),
                window,
                tcb.dscpBits | Ecn.codepoint(tcb, newText),
                optionBytes,
                segmentBytes);
    }

    /** Moves the right edge of the receive window if that is worth telling (RFC 9293 3.8.6.2.2), never back. */
    private int nextWindowField(Tcb tcb) {
        long edge = tcb.rcvNxt + freeReceiveBytes(tcb);
        if (edge - tcb.rcvAdv >= leastWindowGain(tcb)) {
            tcb.rcvAdv = edge;
        }
        int shift = Math.max(0, tcb.options.rcvWndScale());
        return (int) Math.min(65_535, tcb.rcvAdv - tcb.path.ackOffset() >> shift);
    }

    private long freeReceiveBytes(Tcb tcb) {
        long held = tcb.receiveBuffer.size();
        // RFC 9293 3.1, RFC 7323 2.2: nothing beyond what the window field can say may become acceptable.
        long most = 65_535L << Math.max(0, tcb.options.rcvWndScale());
        return Math.max(0, Math.min(most, BufferTuning.offeredBytes(tcb) - held));
    }

    private long leastWindowGain(Tcb tcb) {
        return Math.min(tcb.receiveBufferBytes / 2, tcb.rcvMssSeen);
    }

    /** Whether the application has read enough that the peer should hear of it now. */
    boolean windowUpdateDue(Tcb tcb) {
        long gain = tcb.rcvNxt + freeReceiveBytes(tcb) - tcb.rcvAdv;
        long told = tcb.rcvWnd();
        return gain > 0
                && gain >= leastWindowGain(tcb)
                && (told < gain || gain >= 2L * tcb.rcvMssSeen && told < 4 * gain);
    }

    // ---- options

    private int writeOptions(Tcb tcb, ByteBuf packet, int textBytes, long nowNanos) {
        if (tcb.options.timestamps()) {
            packet.writeShort(TcpOption.NO_OPERATION << 8 | TcpOption.NO_OPERATION);
            packet.writeShort(TcpOption.TIMESTAMPS << 8 | TcpOption.TIMESTAMPS_BYTES);
            packet.writeInt(tcb.tsVal(nowNanos));
            packet.writeInt(tcb.tsRecent);
        }
        if (sackBlockCount > 0) {
            packet.writeShort(TcpOption.NO_OPERATION << 8 | TcpOption.NO_OPERATION);
            packet.writeByte(TcpOption.SACK);
            packet.writeByte(2 + sackBlockCount * TcpOption.SACK_BLOCK_BYTES);
            for (int i = 0; i < 2 * sackBlockCount; i++) {
                packet.writeInt(tcb.path.numbering.rcvWire(sackBlocks[i]));
            }
        }
        if (UserTimeout.isDue(tcb) && hasRoomForUserTimeout(tcb, packet, textBytes)) {
            UserTimeout.write(tcb, packet);
            tcb.userTimeoutAnnounced = true;
        }
        return SegmentWriter.padOptions(packet);
    }

    /** EXTENSION: an option of its own in the room that is left. @return all options' octets */
    private static int writeExtensionOption(Tcb tcb, ByteBuf packet, int textBytes) {
        int used = packet.readableBytes() - TcpView.MIN_HEADER_BYTES;
        int spare = textBytes == 0 ? TcpOption.MAX_OPTION_BYTES : tcb.sndMss() + optionBytesOf(tcb) - textBytes - used;
        // Padding rounds up to four octets.
        int room = Math.min(TcpOption.MAX_OPTION_BYTES - used, spare & ~3);
        if (room > 0 && tcb.state().isSynchronized()) {
            packet.writeBytes(tcb.extension.segmentOption(room));
        }
        return SegmentWriter.padOptions(packet);
    }

    private boolean hasRoomForUserTimeout(Tcb tcb, ByteBuf packet, int textBytes) {
        int optionBytes = packet.readableBytes() - TcpView.MIN_HEADER_BYTES + TcpOption.USER_TIMEOUT_BYTES;
        return optionBytes <= TcpOption.MAX_OPTION_BYTES
                && textBytes + sackBytes() + TcpOption.USER_TIMEOUT_BYTES <= tcb.sndMss();
    }

    private int sackBytes() {
        return sackBlockCount == 0 ? 0 : 4 + sackBlockCount * TcpOption.SACK_BLOCK_BYTES;
    }

    /** RFC 2018 4: the block that changed last comes first. RFC 2883 4: a duplicate is reported before all. */
    private void chooseSackBlocks(Tcb tcb) {
        sackBlockCount = 0;
        if (!tcb.options.sackPermitted() || (tcb.reassembly.isEmpty() && tcb.duplicateStart < 0)) {
            return;
        }
        int most = tcb.options.timestamps() ? MAX_SACK_BLOCKS - 1 : MAX_SACK_BLOCKS;
        if (tcb.duplicateStart >= 0) {
            addSackBlock(tcb, tcb.duplicateStart, tcb.duplicateEnd);
        }
        long first = tcb.latestOutOfOrder < 0 ? -1 : tcb.reassembly.blockStart(tcb.latestOutOfOrder);
        if (first >= 0) {
            addSackBlock(tcb, first, tcb.reassembly.blockEnd(first));
        }
        long next = tcb.reassembly.nextBlockStart(tcb.rcvNxt);
        while (next >= 0 && sackBlockCount < most) {
            long end = tcb.reassembly.blockEnd(next);
            if (next != first) {
                addSackBlock(tcb, next, end);
            }
            next = tcb.reassembly.nextBlockStart(end);
        }
    }

    private void addSackBlock(Tcb tcb, long start, long end) {
        if (end > tcb.path.seenEnd) {
            return;
        }
        sackBlocks[2 * sackBlockCount] = start;
        sackBlocks[2 * sackBlockCount + 1] = end;
        sackBlockCount++;
    }

    // ---- SYN, RST

    /** Our SYN in SYN-SENT, our SYN/ACK in SYN-RECEIVED; sets the timer. */
    void sendSyn(Tcb tcb, long nowNanos) {
        boolean synAck = tcb.state() == TcpState.SYN_RECEIVED;
        int transmission = tcb.synTransmissions++;
        Path path = tcb.path;
        int textRoom = synAck ? 0 : tcp.fastOpen.synTextRoom(tcb, transmission, nowNanos);
        ByteBuf packet = tcp.writer.begin(path.tuple(), TcpOption.MAX_OPTION_BYTES + textRoom);
        SynOptionWriter synWriter = new SynOptionWriter(tcb, packet, synAck, transmission, nowNanos);
        // EXTENSION: options of its own, other timestamps.
        tcb.extension.writeSyn(synWriter, transmission);
        if (UserTimeout.isDue(tcb) && synWriter.roomBytes() >= TcpOption.USER_TIMEOUT_BYTES) {
            UserTimeout.write(tcb, packet);
        }
        if (synAck) {
            FastOpen.writeSynAck(tcb, synWriter);
        } else {
            tcp.fastOpen.writeSyn(tcb, synWriter, packet, transmission, textRoom, nowNanos);
        }
        int optionBytes = SegmentWriter.padOptions(packet);
        if (!synAck && transmission == 0 && FastOpen.synTextBytes(tcb) > 0) {
            tcb.sendBuffer.copyTo(0, FastOpen.synTextBytes(tcb), packet);
        }
        int ack = synAck ? path.numbering.rcvWire(tcb.rcvNxt) : 0;
        tcb.segmentsSent++;
        tcb.lastSentNanos = nowNanos;
        tcp.writer.send(
                packet,
                path.tuple(),
                path.numbering.sndWire(-1),
                ack,
                (synAck ? SYN | ACK : SYN) | Ecn.setupFlags(tcb, synAck, transmission),
                (int) Math.min(65_535, tcb.rcvWnd()),
                tcb.dscpBits,
                optionBytes,
                0);
        tcp.timeouts.armSyn(tcb, nowNanos);
    }

    /** Tells the peer that the connection is gone (RFC 9293 3.10.5). */
    void sendReset(Tcb tcb) {
        Path path = tcb.path;
        resetOn(tcb, path);
        for (Path other : tcb.otherPaths) {
            if (other.handshake != null) {
                resetOn(tcb, other);
            }
        }
    }

    private void resetOn(Tcb tcb, Path path) {
        int seq = path.numbering.sndWire(tcb.sndNxt);
        int ack = path.numbering.rcvWire(path.ackOffset());
        // EXTENSION: an option that proves the reset to be ours.
        byte[] option = tcb.extension.resetOption();
        ByteBuf packet = tcp.writer.begin(path.tuple(), option.length + 3);
        packet.writeBytes(option);
        tcp.writer.send(packet, path.tuple(), seq, ack, RST | ACK, 0, 0, SegmentWriter.padOptions(packet), 0);
    }

    /** RFC 6691: the MTU less fixed headers, options not subtracted. */
    static int announcedMss(Tcb tcb) {
        int ipHeader = IpOutput.headerBytes(tcb.path.tuple().peerAddress());
        return Math.min(65_535, tcb.tcp.ip.mtuBytes() - ipHeader - TcpView.MIN_HEADER_BYTES);
    }

    /** Text octets of a full-sized segment on {@code path} (RFC 6691, RFC 9293 3.7.1). */
    static int sndMss(Tcb tcb, Path path) {
        int ipHeader = IpOutput.headerBytes(path.tuple().peerAddress());
        int most = Math.min(tcb.options.peerMssBytes(), path.mtuBytes - ipHeader - TcpView.MIN_HEADER_BYTES);
        return Math.max(1, most - optionBytesOf(tcb));
    }
}
