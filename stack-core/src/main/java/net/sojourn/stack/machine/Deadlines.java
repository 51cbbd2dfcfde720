package net.sojourn.stack.machine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All deadlines of a stack, in order: a heap whose entries know their place, so that setting and cancelling cost no
 * allocation. Moving a deadline to a later time only writes the time: the entry is put right when it comes up. Equal
 * times run in the order they were set, so a run is the same each time.
 */
public final class Deadlines {

    /** Something to do at a time. One object for each purpose, kept by its owner and set again and again. */
    public abstract static class Deadline {

        private static final int IDLE = -1;

        private int place = IDLE;
        private long heapNanos;
        private long order;
        private long dueNanos = Long.MAX_VALUE;

        /** The deadline has passed; it is not set any more, and may be set again here. */
        protected abstract void passes(long nowNanos);

        public final boolean isSet() {
            return dueNanos != Long.MAX_VALUE;
        }

        /** When it is due; {@link Long#MAX_VALUE} when not set. */
        public final long dueNanos() {
            return dueNanos;
        }
    }

    private @Nullable Deadline[] heap = new @Nullable Deadline[16];
    private int size;
    private long orders;
    private int setCount;

    /** Sets or moves {@code deadline}. */
    public void set(Deadline deadline, long dueNanos) {
        if (!deadline.isSet()) {
            setCount++;
        }
        deadline.dueNanos = dueNanos;
        if (deadline.place != Deadline.IDLE) {
            if (dueNanos >= deadline.heapNanos) {
                return;
            }
            remove(deadline.place);
        }
        insert(deadline);
    }

    public void cancel(Deadline deadline) {
        if (!deadline.isSet()) {
            return;
        }
        setCount--;
        deadline.dueNanos = Long.MAX_VALUE;
        if (deadline.place != Deadline.IDLE) {
            remove(deadline.place);
            deadline.place = Deadline.IDLE;
        }
    }

    /** How many deadlines are set. */
    public int count() {
        return setCount;
    }

    /** No deadline is due before this time; {@link Long#MAX_VALUE} if none is set. */
    public long nextNanos() {
        settleTop();
        return size == 0 ? Long.MAX_VALUE : heap[0].heapNanos;
    }

    /** Runs everything that is due at {@code nowNanos}. */
    public void run(long nowNanos) {
        while (nextNanos() <= nowNanos) {
            Deadline due = heap[0];
            remove(0);
            due.place = Deadline.IDLE;
            due.dueNanos = Long.MAX_VALUE;
            setCount--;
            due.passes(nowNanos);
        }
    }

    private void settleTop() {
        while (size > 0 && heap[0].dueNanos > heap[0].heapNanos) {
            Deadline later = heap[0];
            remove(0);
            insert(later);
        }
    }

    private void insert(Deadline deadline) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        deadline.heapNanos = deadline.dueNanos;
        deadline.order = orders++;
        siftUp(size++, deadline);
    }

    private void remove(int place) {
        Deadline last = heap[--size];
        heap[size] = null;
        if (place < size) {
            siftDown(place, last);
            if (heap[place] == last) {
                siftUp(place, last);
            }
        }
    }

    private void siftUp(int from, Deadline deadline) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (!isBefore(deadline, heap[parent])) {
                break;
            }
            put(place, heap[parent]);
            place = parent;
        }
        put(place, deadline);
    }

    private void siftDown(int from, Deadline deadline) {
        int place = from;
        while (true) {
            int child = 2 * place + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], deadline)) {
                break;
            }
            put(place, heap[child]);
            place = child;
        }
        put(place, deadline);
    }

    private void put(int place, Deadline deadline) {
        heap[place] = deadline;
        deadline.place = place;
    }

    private static boolean isBefore(Deadline a, Deadline b) {
        return a.heapNanos != b.heapNanos ? a.heapNanos < b.heapNanos : a.order < b.order;
    }
}
