package net.sojourn.stack.loop;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Something that a {@link StackLoop} shall do. One object may be handed over again and again, so that asking for the same
 * thing many times allocates nothing; but not again before it has begun to run. Handed over from any thread, run on the
 * loop.
 */
public abstract class LoopTask {

    /** The loop's own: what was handed over before. */
    @Nullable
    LoopTask before;

    /** One that is handed over once. */
    public static LoopTask once(LongConsumer body) {
        return new LoopTask() {
            @Override
            protected void run(long nowNanos) {
                body.accept(nowNanos);
            }
        };
    }

    /** For who is on the loop already, and has not handed it over. */
    public final void runNow(long nowNanos) {
        run(nowNanos);
    }

    /** On the loop; from here on it may be handed over again. */
    protected abstract void run(long nowNanos);
}
