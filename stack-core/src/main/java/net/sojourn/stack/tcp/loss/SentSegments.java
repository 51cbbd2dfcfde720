package net.sojourn.stack.tcp.loss;

import java.util.Arrays;

/**
 * What is outstanding: every octet from SND.UNA to SND.MAX, as ranges in stream order with the time each was last sent
 * and what has become of it. The scoreboard of RFC 6675 and the segment list of RFC 8985 in one. A range may be many
 * segments that were handed down in one piece; it is split where an acknowledgement needs it. Loop thread only; in steady
 * state nothing is allocated.
 */
public final class SentSegments {

    private static final byte SACKED = 1;
    private static final byte LOST = 2;
    private static final byte RETRANSMITTED = 4;
    private static final byte APPLICATION_LIMITED = 8;
    /** In flight on a path that the connection has left: neither lost nor any business of the present one. */
    private static final byte ELSEWHERE = 16;

    private long[] starts = new long[4];
    private long[] ends = new long[4];
    private long[] sentNanos = new long[4];
    private byte[] marks = new byte[4];
    // Delivery rate samples: what each range knew when it was last sent.
    private long[] delivered = new long[4];
    private long[] deliveredNanos = new long[4];
    private long[] firstSentNanos = new long[4];
    private int head;
    private int tail;

    private long outstandingBytes;
    private long sackedBytes;
    private long lostBytes;
    private long elsewhereBytes;
    private int retransmittedRanges;
    private long highestSacked = -1;

    private long newlyAckedBytes;
    private long rttSampleNanos;
    private boolean ackedRetransmission;
    private boolean ackedOriginal;

    private final Rack rack = new Rack();
    private DeliveryRate rate = new DeliveryRate();
    private final DeliveryRate.Sent known = new DeliveryRate.Sent();

    /** Octets [start, end) go out for the first time; {@code start} is SND.MAX. */
    public void sent(long start, long end, long nowNanos) {
        makeRoom(1);
        starts[tail] = start;
        ends[tail] = end;
        marks[tail] = 0;
        stamp(tail++, nowNanos);
        outstandingBytes += end - start;
    }

    private void stamp(int i, long nowNanos) {
        rate.sends(pipeBytes() == 0, nowNanos);
        sentNanos[i] = nowNanos;
        delivered[i] = rate.delivered();
        deliveredNanos[i] = rate.deliveredNanos();
        firstSentNanos[i] = rate.firstSentNanos();
        marks[i] =
                (byte) (rate.isApplicationLimited() ? marks[i] | APPLICATION_LIMITED : marks[i] & ~APPLICATION_LIMITED);
    }

    /**
     * Octets in flight on the present path as RFC 6675 reckons them: outstanding, less what is selectively acknowledged or
     * lost.
     */
    public long pipeBytes() {
        return outstandingBytes - sackedBytes - lostBytes - elsewhereBytes;
    }

    public boolean isEmpty() {
        return head == tail;
    }

    public long sackedBytes() {
        return sackedBytes;
    }

    public long lostBytes() {
        return lostBytes;
    }

    /** Octets that the last {@link #acknowledge} and the {@link #sack}s since were the first to acknowledge. */
    public long newlyAckedBytes() {
        return newlyAckedBytes;
    }

    /** Round-trip sample of the latest acknowledgement, never of text sent more than once; -1 if there is none. */
    public long rttSampleNanos() {
        return rttSampleNanos;
    }

    /** Whether the latest acknowledgement covered text that had been sent more than once. */
    public boolean ackedRetransmission() {
        return ackedRetransmission;
    }

    /** Whether the latest acknowledgement covered text that had been sent only once. */
    public boolean ackedOriginal() {
        return ackedOriginal;
    }

    /** The account of what was delivered on the present path. */
    public DeliveryRate rate() {
        return rate;
    }

    /** Another path: the account of what it delivers begins. */
    public void forgetRate() {
        rate = new DeliveryRate();
        Arrays.fill(delivered, 0);
    }

    public Rack rack() {
        return rack;
    }

    /** Where neither a recovery nor three duplicates have made a loss evident (RFC 8985 6.2 step 4). */
    public long reorderingWindowNanos(long srttNanos) {
        return rack.reorderingWindowNanos(false, srttNanos);
    }

    /** SND.UNA moves to {@code sndUna}, or stays; begins the account of one acknowledgement. */
    public void acknowledge(long sndUna, long nowNanos) {
        newlyAckedBytes = 0;
        rate.beginAck();
        rttSampleNanos = -1;
        ackedRetransmission = false;
        ackedOriginal = false;
        makeRoom(1);
        while (head < tail && starts[head] < sndUna) {
            if (ends[head] > sndUna) {
                split(head, sndUna);
            }
            delivered(head, nowNanos);
            drop(head++);
        }
        if (head == tail) {
            head = 0;
            tail = 0;
        }
    }

    /** A SACK block [start, end) of the same acknowledgement. */
    public void sack(long start, long end, long nowNanos) {
        makeRoom(2);
        for (int i = firstEndingAfter(start); i < tail && starts[i] < end; i++) {
            if ((marks[i] & SACKED) != 0) {
                continue;
            }
            if (starts[i] < start) {
                split(i, start);
                continue;
            }
            if (ends[i] > end) {
                split(i, end);
            }
            delivered(i, nowNanos);
            if ((marks[i] & LOST) != 0) {
                marks[i] &= ~LOST;
                lostBytes -= ends[i] - starts[i];
            }
            comeBack(i);
            marks[i] |= SACKED;
            sackedBytes += ends[i] - starts[i];
            highestSacked = Math.max(highestSacked, ends[i]);
        }
    }

    private void delivered(int i, long nowNanos) {
        if ((marks[i] & (SACKED | ELSEWHERE)) != 0) {
            return;
        }
        newlyAckedBytes += ends[i] - starts[i];
        accountDelivery(i, nowNanos);
        boolean retransmitted = (marks[i] & RETRANSMITTED) != 0;
        if (retransmitted) {
            ackedRetransmission = true;
        } else {
            ackedOriginal = true;
            rttSampleNanos = Math.max(0, nowNanos - sentNanos[i]);
            rack.rttSample(rttSampleNanos);
        }
        rack.delivered(ends[i], sentNanos[i], retransmitted, nowNanos);
    }

    private void accountDelivery(int i, long nowNanos) {
        known.sentNanos = sentNanos[i];
        known.delivered = delivered[i];
        known.deliveredNanos = deliveredNanos[i];
        known.firstSentNanos = firstSentNanos[i];
        known.applicationLimited = (marks[i] & APPLICATION_LIMITED) != 0;
        rate.delivers(ends[i] - starts[i], known, nowNanos);
    }

    private void drop(int i) {
        long length = ends[i] - starts[i];
        outstandingBytes -= length;
        if ((marks[i] & SACKED) != 0) {
            sackedBytes -= length;
        }
        if ((marks[i] & LOST) != 0) {
            lostBytes -= length;
        }
        comeBack(i);
        if ((marks[i] & RETRANSMITTED) != 0) {
            retransmittedRanges--;
        }
    }

    /**
     * RFC 8985 6.2 step 5: marks what was sent sufficiently long before something that has been delivered.
     *
     * @param mssBytes sender maximum segment size
     * @param inRecovery whether a loss recovery is under way
     * @return when to look again, or {@link Long#MAX_VALUE}
     */
    public long detectLosses(int mssBytes, boolean inRecovery, long srttNanos, long nowNanos) {
        if (!rack.hasSample() || (sackedBytes == 0 && retransmittedRanges == 0 && highestSacked < 0)) {
            return Long.MAX_VALUE;
        }
        boolean threeDuplicates = sackedBytes >= 3L * mssBytes;
        long reorderingNanos = rack.reorderingWindowNanos(inRecovery || threeDuplicates, srttNanos);
        long next = Long.MAX_VALUE;
        for (int i = head; i < tail; i++) {
            if ((marks[i] & (SACKED | LOST | ELSEWHERE)) != 0) {
                continue;
            }
            if (!rack.wasSentBefore(sentNanos[i], ends[i])) {
                if ((marks[i] & RETRANSMITTED) == 0) {
                    break;
                }
                continue;
            }
            long dueNanos = sentNanos[i] + rack.rttNanos() + reorderingNanos;
            if (dueNanos <= nowNanos) {
                lose(i);
            } else {
                next = Math.min(next, dueNanos);
            }
        }
        return next;
    }

    private void lose(int i) {
        if ((marks[i] & (SACKED | LOST)) == 0) {
            comeBack(i);
            marks[i] |= LOST;
            lostBytes += ends[i] - starts[i];
        }
    }

    /** RFC 6298 5.4, RFC 8985 6.3: the timer ran out, or the path changed: nothing that is unacknowledged will come. */
    public void loseAll() {
        for (int i = head; i < tail; i++) {
            lose(i);
        }
    }

    /** The path changed, and the former one still delivers: what is in flight there is left to it. */
    public void leaveBehind() {
        for (int i = head; i < tail; i++) {
            if ((marks[i] & (SACKED | LOST | ELSEWHERE)) == 0) {
                marks[i] |= ELSEWHERE;
                elsewhereBytes += ends[i] - starts[i];
            }
        }
    }

    /** What a former path has not delivered by now it never will. @return whether there was any */
    public boolean loseLeftBehind() {
        boolean any = elsewhereBytes > 0;
        for (int i = head; i < tail; i++) {
            if ((marks[i] & ELSEWHERE) != 0) {
                lose(i);
            }
        }
        return any;
    }

    private void comeBack(int i) {
        if ((marks[i] & ELSEWHERE) != 0) {
            marks[i] &= ~ELSEWHERE;
            elsewhereBytes -= ends[i] - starts[i];
        }
    }

    /** What seemed lost was only late: it is in flight after all. */
    public void findAll() {
        for (int i = head; i < tail; i++) {
            marks[i] &= ~LOST;
        }
        lostBytes = 0;
    }

    /** Index of the last segment, split off what went out with it in one piece; there must be one. */
    public int lastSegment(int mssBytes) {
        makeRoom(1);
        int last = tail - 1;
        long length = ends[last] - starts[last];
        if (length <= mssBytes) {
            return last;
        }
        split(last, starts[last] + (length - 1) / mssBytes * mssBytes);
        return tail - 1;
    }

    /** Without SACK (RFC 6582 3.2): the first segment is lost. */
    public void loseFirst(int mssBytes) {
        if (head == tail) {
            return;
        }
        makeRoom(1);
        if (ends[head] - starts[head] > mssBytes) {
            split(head, starts[head] + mssBytes);
        }
        lose(head);
    }

    /** RFC 2018 8: a receiver may have discarded what it selectively acknowledged. */
    public void forgetSacks() {
        for (int i = head; i < tail; i++) {
            marks[i] &= ~SACKED;
        }
        sackedBytes = 0;
    }

    /** Index of the first lost range, or -1; valid until the next change. */
    public int firstLost() {
        makeRoom(1);
        if (lostBytes == 0) {
            return -1;
        }
        for (int i = head; i < tail; i++) {
            if ((marks[i] & LOST) != 0) {
                return i;
            }
        }
        return -1;
    }

    /** Index of the first range that is not selectively acknowledged, or -1. */
    public int firstUnacknowledged() {
        makeRoom(1);
        for (int i = head; i < tail; i++) {
            if ((marks[i] & SACKED) == 0) {
                return i;
            }
        }
        return -1;
    }

    public long startOf(int i) {
        return starts[i];
    }

    public long endOf(int i) {
        return ends[i];
    }

    /** The first {@code length} octets of range {@code i} go out again. */
    public void retransmitted(int i, int length, long nowNanos) {
        if (ends[i] - starts[i] > length) {
            split(i, starts[i] + length);
        }
        if ((marks[i] & LOST) != 0) {
            marks[i] &= ~LOST;
            lostBytes -= ends[i] - starts[i];
        }
        comeBack(i);
        if ((marks[i] & RETRANSMITTED) == 0) {
            marks[i] |= RETRANSMITTED;
            retransmittedRanges++;
        }
        stamp(i, nowNanos);
    }

    /** The first octet of which all transmissions were after {@code nanos}; {@code otherwise} if there is none. */
    public long firstSentAfter(long nanos, long otherwise) {
        for (int i = head; i < tail; i++) {
            if ((marks[i] & (RETRANSMITTED | SACKED)) == 0 && sentNanos[i] - nanos > 0) {
                return starts[i];
            }
        }
        return otherwise;
    }

    /** When the oldest range that is neither lost nor selectively acknowledged was last sent; -1 if there is none. */
    public long oldestSentNanos() {
        int i = firstUnacknowledged();
        return i < 0 ? -1 : sentNanos[i];
    }

    /** Range {@code i} ends at {@code at}; the rest of it becomes range i + 1. Needs room for one more. */
    private void split(int i, long at) {
        int moved = tail - i;
        System.arraycopy(starts, i, starts, i + 1, moved);
        System.arraycopy(ends, i, ends, i + 1, moved);
        System.arraycopy(sentNanos, i, sentNanos, i + 1, moved);
        System.arraycopy(marks, i, marks, i + 1, moved);
        System.arraycopy(delivered, i, delivered, i + 1, moved);
        System.arraycopy(deliveredNanos, i, deliveredNanos, i + 1, moved);
        System.arraycopy(firstSentNanos, i, firstSentNanos, i + 1, moved);
        tail++;
        ends[i] = at;
        starts[i + 1] = at;
        if ((marks[i] & RETRANSMITTED) != 0) {
            retransmittedRanges++;
        }
    }

    /** Makes room for {@code more} ranges; ranges keep their order but not their indices. */
    private void makeRoom(int more) {
        if (tail + more <= starts.length) {
            return;
        }
        int count = tail - head;
        int capacity = count > starts.length / 2 ? 2 * starts.length : starts.length;
        starts = moved(starts, count, capacity);
        ends = moved(ends, count, capacity);
        sentNanos = moved(sentNanos, count, capacity);
        delivered = moved(delivered, count, capacity);
        deliveredNanos = moved(deliveredNanos, count, capacity);
        firstSentNanos = moved(firstSentNanos, count, capacity);
        byte[] newMarks = capacity == marks.length ? marks : new byte[capacity];
        System.arraycopy(marks, head, newMarks, 0, count);
        marks = newMarks;
        head = 0;
        tail = count;
    }

    private long[] moved(long[] values, int count, int capacity) {
        long[] target = capacity == values.length ? values : new long[capacity];
        System.arraycopy(values, head, target, 0, count);
        return target;
    }

    private int firstEndingAfter(long offset) {
        int low = head;
        int high = tail;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("SentSegments");
        for (int i = head; i < tail; i++) {
            text.append(' ').append(starts[i]).append('-').append(ends[i]);
            text.append((marks[i] & SACKED) != 0 ? "s" : "").append((marks[i] & LOST) != 0 ? "l" : "");
            text.append((marks[i] & RETRANSMITTED) != 0 ? "r" : "");
            text.append((marks[i] & ELSEWHERE) != 0 ? "e" : "");
        }
        return text.toString();
    }
}
