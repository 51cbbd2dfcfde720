package net.sojourn.stack.loop;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns a {@link TcpIpMachine}: packets in, deadlines, packets out, sleep. Other threads hand it tasks;
 * a task that fails ends nothing but itself.
 */
public final class StackLoop {

    private static final int PACKETS_PER_CYCLE = 64;

    private final TcpIpMachine machine;
    private final PacketPort port;
    /** The newest, which knows the one before. */
    private final AtomicReference<@Nullable LoopTask> tasks = new AtomicReference<>();

    private final Thread thread;
    private final PacketSink arrivals;
    private final BusyPoll busyPoll;
    /** When the current cycle began. */
    private long cycleNanos;

    private volatile boolean sleeping;
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    public StackLoop(String name, TcpIpMachine machine, PacketPort port, Duration busyPoll) {
        this.busyPoll = new BusyPoll(busyPoll.toNanos());
        this.machine = machine;
        this.port = port;
        this.arrivals =
                (packet, vouched, segmentBytes) -> machine.packetArrives(packet, vouched, segmentBytes, cycleNanos);
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** The stack's clock. Any thread. */
    public static long nowNanos() {
        return SystemTime.nanos();
    }

    /**
     * Runs {@code task} on the loop, giving it the time. Any thread; in the order of the calls of one thread.
     *
     * @throws RejectedExecutionException if the loop has stopped
     */
    public void execute(LongConsumer task) {
        execute(LoopTask.once(task));
    }

    /**
     * {@link #execute(LongConsumer)} of a task that its owner uses again.
     *
     * @throws RejectedExecutionException if the loop has stopped
     */
    public void execute(LoopTask task) {
        if (stopped) {
            throw new RejectedExecutionException("the stack is closed");
        }
        add(task);
        if (sleeping) {
            port.wakeUp();
        }
    }

    private void add(LoopTask task) {
        LoopTask newest;
        do {
            newest = tasks.get();
            task.before = newest;
        } while (!tasks.compareAndSet(newest, task));
    }

    public boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    /** What ended the loop against its will, or null. Any thread. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** Lets the loop end after {@code last} has run on it, and waits for that. Not on the loop itself. */
    public void stop(LongConsumer last) {
        if (stopped) {
            return;
        }
        add(LoopTask.once(now -> {
            last.accept(now);
            machine.flush(now);
            stopped = true;
        }));
        port.wakeUp();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopped) {
                dutyCycle();
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            stopped = true;
            runTasks(SystemTime.nanos());
        }
    }

    private void dutyCycle() throws IOException {
        long now = SystemTime.nanos();
        cycleNanos = now;
        boolean worked = runTasks(now);
        if (stopped) {
            // Whoever still sends would hear a reset from a stack that has kept its connections.
            return;
        }
        int received = port.receive(arrivals, PACKETS_PER_CYCLE);
        machine.deadlinesPass(now);
        machine.flush(now);
        if (worked || received > 0) {
            busyPoll.worked(now);
        }
        if (received == PACKETS_PER_CYCLE) {
            return;
        }
        if (busyPoll.looksAgain(now)) {
            Thread.onSpinWait();
            return;
        }
        sleeping = true;
        if (tasks.get() == null && !stopped) {
            long next = machine.nextDeadlineNanos();
            if (next == Long.MAX_VALUE) {
                port.await(-1);
            } else {
                port.await(Math.max(0, next - SystemTime.nanos()));
                SystemTime.awake(next);
            }
        }
        sleeping = false;
    }

    private boolean runTasks(long now) {
        if (tasks.get() == null) {
            return false;
        }
        LoopTask task = oldestFirst(tasks.getAndSet(null));
        while (task != null) {
            // Once it runs it may be handed over again.
            LoopTask next = task.before;
            task.before = null;
            task.run(now);
            task = next;
        }
        return true;
    }

    private static @Nullable LoopTask oldestFirst(@Nullable LoopTask newest) {
        LoopTask reversed = null;
        LoopTask task = newest;
        while (task != null) {
            LoopTask before = task.before;
            task.before = reversed;
            reversed = task;
            task = before;
        }
        return reversed;
    }
}
