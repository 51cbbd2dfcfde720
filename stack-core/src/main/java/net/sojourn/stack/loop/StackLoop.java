package net.sojourn.stack.loop;

import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.spi.PacketPort;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns a {@link TcpIpMachine}: packets in, deadlines, packets out, sleep. Other threads hand it tasks;
 * a task that fails ends nothing but itself.
 */
public final class StackLoop {

    private static final int PACKETS_PER_CYCLE = 64;

    private final TcpIpMachine machine;
    private final PacketPort port;
    private final ConcurrentLinkedQueue<LongConsumer> tasks = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean sleeping;
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    public StackLoop(String name, TcpIpMachine machine, PacketPort port) {
        this.machine = machine;
        this.port = port;
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
        if (stopped) {
            throw new RejectedExecutionException("the stack is closed");
        }
        tasks.add(task);
        if (sleeping) {
            port.wakeUp();
        }
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
        tasks.add(now -> {
            last.accept(now);
            machine.flush(now);
            stopped = true;
        });
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
        int work = runTasks(now);
        if (stopped) {
            // Whoever still sends would hear a reset from a stack that has kept its connections.
            return;
        }
        work += port.receive(
                (packet, vouched, segmentBytes) -> machine.packetArrives(packet, vouched, segmentBytes, now),
                PACKETS_PER_CYCLE);
        machine.deadlinesPass(now);
        machine.flush(now);
        if (work > 0) {
            return;
        }
        sleeping = true;
        if (tasks.isEmpty() && !stopped) {
            long next = machine.nextDeadlineNanos();
            port.await(next == Long.MAX_VALUE ? -1 : Math.max(0, next - SystemTime.nanos()));
        }
        sleeping = false;
    }

    private int runTasks(long now) {
        int ran = 0;
        for (LongConsumer task = tasks.poll(); task != null; task = tasks.poll()) {
            task.accept(now);
            ran++;
        }
        return ran;
    }
}
