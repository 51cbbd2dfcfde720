package net.sojourn.stack;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.loop.LoopTask;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import org.jspecify.annotations.Nullable;

/** The reading half of a {@link TcpConnection}. Any thread; readers take turns, but the loop never waits for one. */
final class ReceiveSide {

    private static final int LARGEST_REPORT_BYTES = 64 * 1024;

    private final TcpConnection connection;
    private final Tcb tcb;
    private final StreamBuffer buffer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Signal signal = new Signal();
    private final AtomicBoolean readReported = new AtomicBoolean();
    private final LoopTask report;
    private final BooleanSupplier isReady = this::isReady;

    private volatile boolean endOfStream;
    private volatile boolean shut;
    private volatile int timeoutMillis;
    private volatile int bufferBytes;
    private volatile boolean inlineUrgent = true;
    private boolean endWasRead;
    private long unreportedBytes;

    ReceiveSide(TcpConnection connection, Tcb tcb, int bufferBytes) {
        this.connection = connection;
        this.tcb = tcb;
        this.buffer = tcb.receiveBuffer();
        this.bufferBytes = bufferBytes;
        this.report = new LoopTask() {
            @Override
            protected void run(long nowNanos) {
                readReported.set(false);
                UserCalls.received(tcb, nowNanos);
            }
        };
    }

    /** On the loop: text or the end of the stream has come. */
    void arrived() {
        endOfStream = tcb.endOfStream();
        signal.raise();
    }

    void raise() {
        signal.raise();
    }

    boolean endOfStream() {
        return endOfStream;
    }

    boolean isEmpty() {
        return buffer.size() == 0;
    }

    boolean isShut() {
        return shut;
    }

    void shut() {
        shut = true;
        signal.raise();
    }

    void timeoutMillis(int millis) {
        timeoutMillis = millis;
    }

    int timeoutMillis() {
        return timeoutMillis;
    }

    void bufferBytes(int bytes) {
        bufferBytes = bytes;
        connection.post(now -> UserCalls.receiveBufferBytes(tcb, bytes, now));
    }

    int bufferBytes() {
        return bufferBytes;
    }

    void inlineUrgent(boolean on) {
        inlineUrgent = on;
    }

    int available() {
        if (connection.isClosed() || shut) {
            return 0;
        }
        long from = buffer.start();
        long octets = buffer.end() - from;
        long urgent = tcb.urgentOffset();
        if (!inlineUrgent && urgent >= from && urgent < from + octets) {
            octets--;
        }
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, octets));
    }

    /** Whether a read would not wait: text, the end, or a failure is there. */
    boolean isReady() {
        return hasText() || isOver() || connection.isOut();
    }

    /** No more text comes. Whoever asks before looking for text sees all there was. */
    private boolean isOver() {
        return endOfStream || shut || connection.isEnded();
    }

    void awaitReady() throws IOException {
        signal.await(isReady, 0, connection.interrupts());
    }

    private boolean hasText() {
        long octets = buffer.size();
        return octets > 1 || (octets == 1 && !isDiscarded(buffer.start()));
    }

    private boolean isDiscarded(long offset) {
        return !inlineUrgent && tcb.urgentOffset() == offset;
    }

    // ---- reading

    int read(byte[] target, int index, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            if (endWasRead) {
                return -1;
            }
            connection.checkOpen();
            if (!signal.await(isReady, timeoutMillis, connection.interrupts())) {
                throw new SocketTimeoutException("Read timed out");
            }
            connection.checkOpen();
            // It waited until there is either text, or an end behind the text.
            int n = readyBytes(length);
            if (n <= 0) {
                return noText();
            }
            buffer.copyTo(buffer.start(), n, target, index);
            taken(n);
            return n;
        } finally {
            unlock();
        }
    }

    /** @return octets moved into {@code target}; 0 if there are none at present; -1 at the end */
    int tryRead(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!lockUnlessLoopWouldWait()) {
            return 0;
        }
        try {
            connection.checkOpen();
            boolean over = isOver();
            int n = readyBytes(target.remaining());
            if (n <= 0) {
                return over ? noText() : 0;
            }
            buffer.copyTo(buffer.start(), n, target);
            taken(n);
            return n;
        } finally {
            unlock();
        }
    }

    @Nullable
    ByteBuf receive(int mostBytes) throws IOException {
        if (!lockUnlessLoopWouldWait()) {
            return null;
        }
        try {
            connection.checkOpen();
            boolean over = isOver();
            int n = readyBytes(mostBytes);
            if (n <= 0) {
                if (over) {
                    noText();
                }
                return null;
            }
            ByteBuf octets = buffer.slice(buffer.start(), n);
            taken(octets.readableBytes());
            return octets;
        } finally {
            unlock();
        }
    }

    /** How much of the text may go in one piece, having left out an urgent octet that is not wanted. */
    private int readyBytes(int most) {
        if (shut) {
            return 0;
        }
        long urgent = inlineUrgent ? -1 : tcb.urgentOffset();
        long from = buffer.start();
        long octets = buffer.end() - from;
        if (urgent == from && octets > 0) {
            taken(1);
            from++;
            octets--;
        } else if (urgent > from) {
            octets = Math.min(octets, urgent - from);
        }
        return (int) Math.min(most, octets);
    }

    private int noText() throws SocketException {
        if (endOfStream || shut || connection.failure() == ConnectionFailure.NONE) {
            endWasRead = true;
            return -1;
        }
        throw connection.readFailure();
    }

    private void taken(int n) {
        buffer.release(buffer.start() + n);
        unreportedBytes += n;
        // The window grows with each ACK that goes anyway. One for its own sake is worth the loop's attention when much
        // was read and the peer may soon have to stop.
        long windowLeft = tcb.rcvAdv() - buffer.end();
        if (unreportedBytes >= Math.min(LARGEST_REPORT_BYTES, bufferBytes / 4)
                && windowLeft <= tcb.receiveBufferBytes() / 2) {
            unreportedBytes = 0;
            if (readReported.compareAndSet(false, true)) {
                connection.post(report);
            }
        }
    }

    private boolean lockUnlessLoopWouldWait() {
        if (connection.isOnLoop()) {
            return lock.tryLock();
        }
        lock.lock();
        return true;
    }

    private void unlock() {
        lock.unlock();
        forgetUnread();
    }

    /** Until whoever reads has gone; from then on nobody does. */
    void awaitQuiet() {
        signal.raise();
        lock.lock();
        lock.unlock();
    }

    /** On the loop, when nobody reads any more: what is not read is somewhere else. */
    void close() {
        buffer.close();
    }

    /** Frees what a closed connection has not read; while another thread reads, that one does so when it is done. */
    void forgetUnread() {
        if (connection.isClosed() && !connection.isFrozen() && lock.tryLock()) {
            try {
                buffer.close();
            } finally {
                lock.unlock();
            }
        }
    }
}
