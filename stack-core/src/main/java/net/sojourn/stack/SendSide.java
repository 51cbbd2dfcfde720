package net.sojourn.stack;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.loop.LoopTask;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;

/** The writing half of a {@link TcpConnection}. Any thread; writers take turns, but the loop never waits for one. */
final class SendSide {

    private static final int CHUNK_BYTES = 64 * 1024;
    /** Below this a copy costs less than a buffer of its own in the stream. */
    private static final int LEAST_OWN_BYTES = 1024;

    private final TcpConnection connection;
    private final Tcb tcb;
    private final StreamBuffer buffer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Signal signal = new Signal();
    private final AtomicBoolean sendRequested = new AtomicBoolean();
    private final LoopTask request;
    private final BooleanSupplier mayWrite = this::mayWrite;

    /** What the application chose; 0 as long as the buffer follows the path. */
    private volatile int chosenBytes;

    private volatile boolean shut;
    /** Somebody was told to wait for room. */
    private volatile boolean refused;

    SendSide(TcpConnection connection, Tcb tcb) {
        this.connection = connection;
        this.tcb = tcb;
        this.buffer = tcb.sendBuffer();
        this.request = new LoopTask() {
            @Override
            protected void run(long nowNanos) {
                sendRequested.set(false);
                UserCalls.send(tcb);
            }
        };
    }

    void raise() {
        signal.raise();
    }

    /** On the loop. @return whether a writer that was refused should hear that there is room again */
    boolean roomCame() {
        signal.raise();
        // At half, so that a writer is not woken for each acknowledgement.
        if (refused && buffer.size() <= bufferBytes() / 2) {
            refused = false;
            return true;
        }
        return false;
    }

    boolean isShut() {
        return shut;
    }

    void shut() {
        shut = true;
        signal.raise();
        connection.post(now -> UserCalls.closeOutput(tcb));
    }

    /** In a former life of the stack. */
    void wasShut() {
        shut = true;
    }

    /** Until whoever writes has gone; from then on nobody does. */
    void awaitQuiet() {
        signal.raise();
        lock.lock();
        lock.unlock();
    }

    void bufferBytes(int bytes) {
        chosenBytes = bytes;
        signal.raise();
    }

    int bufferBytes() {
        return chosenBytes > 0 ? chosenBytes : tcb.sendBufferBytes();
    }

    private int room() {
        long held = buffer.size();
        if (held > 0 && tcb.memory().isExhausted()) {
            // The acknowledgement of what is held wakes the writer; who holds nothing may always go on.
            return 0;
        }
        return (int) Math.max(0, bufferBytes() - held);
    }

    /** Whether a write would not wait: there is room, or it fails. */
    boolean isReady() {
        if (room() > 0 || shut || connection.isEnded() || connection.isOut()) {
            return true;
        }
        refused = true;
        // The last acknowledgement may have come between the look and the note.
        return room() > 0;
    }

    void awaitReady() throws IOException {
        signal.await(mayWrite, 0, connection.interrupts());
    }

    // ---- writing

    void write(byte[] source, int index, int length) throws IOException {
        if (length == 0) {
            return;
        }
        lock.lock();
        try {
            int done = 0;
            while (done < length) {
                signal.await(mayWrite, 0, connection.interrupts());
                connection.checkMayWrite();
                int n = Math.min(Math.min(room(), CHUNK_BYTES), length - done);
                buffer.append(source, index + done, n);
                done += n;
                requestSend();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean mayWrite() {
        return room() > 0 || shut || connection.isEnded() || connection.isOut();
    }

    /** @return octets taken from {@code source}; fewer than there are when the buffer is full */
    int tryWrite(ByteBuffer source) throws IOException {
        if (!lockUnlessLoopWouldWait()) {
            return 0;
        }
        try {
            connection.checkMayWrite();
            int n = Math.min(room(), source.remaining());
            if (n > 0) {
                buffer.append(source, n);
                requestSend();
            }
            if (source.hasRemaining()) {
                refused = true;
            }
            return n;
        } finally {
            lock.unlock();
        }
    }

    /** Takes ownership. @return whether there is still room */
    boolean send(ByteBuf octets) throws IOException {
        boolean kept = false;
        if (!lockUnlessLoopWouldWait()) {
            octets.release();
            throw new IllegalStateException(
                    "another thread waits in a blocking write: use one kind of call on a connection");
        }
        try {
            connection.checkMayWrite();
            if (octets.readableBytes() < LEAST_OWN_BYTES) {
                buffer.append(octets, octets.readerIndex(), octets.readableBytes());
            } else {
                kept = true;
                buffer.appendOwned(octets);
            }
            requestSend();
            return isReady();
        } finally {
            lock.unlock();
            if (!kept) {
                octets.release();
            }
        }
    }

    /** One octet that the peer should look at soon (RFC 6093). */
    void sendUrgent(int octet) throws IOException {
        lock.lock();
        try {
            signal.await(mayWrite, 0, connection.interrupts());
            connection.checkMayWrite();
            UserCalls.nextIsUrgent(tcb);
            buffer.append(new byte[] {(byte) octet}, 0, 1);
            requestSend();
        } finally {
            lock.unlock();
        }
    }

    private void requestSend() {
        if (sendRequested.compareAndSet(false, true)) {
            connection.post(request);
        }
    }

    private boolean lockUnlessLoopWouldWait() {
        if (connection.isOnLoop()) {
            return lock.tryLock();
        }
        lock.lock();
        return true;
    }
}
