package net.sojourn.stack.buffer;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory all buffers of a stack hold together, and how much they may. Any thread. Nothing is taken back from who
 * has it: growth ends under {@linkplain #isUnderPressure() pressure}, and when all is used, what peers would send again
 * is dropped and writers wait.
 */
public final class MemoryBudget {

    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    public MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    void take(int bytes) {
        usedBytes.addAndGet(bytes);
    }

    void giveBack(int bytes) {
        usedBytes.addAndGet(-bytes);
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** Three quarters are used: no buffer should become larger. */
    public boolean isUnderPressure() {
        return usedBytes.get() > limitBytes / 4 * 3;
    }

    public boolean isExhausted() {
        return usedBytes.get() >= limitBytes;
    }
}
