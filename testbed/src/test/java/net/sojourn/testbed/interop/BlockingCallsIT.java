package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.interop.InteropBed.Pair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Calls that wait for the network: a close by another thread ends them, an interrupt of a platform thread does not, as with
 * the JDK's sockets; while they wait they hold no monitor, so that a virtual thread would give its carrier up.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class BlockingCallsIT {

    private static final byte[] MUCH = new byte[1 << 20];

    private static final long INTERRUPTED_MILLIS = 100;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private InteropBed bed;

    @BeforeEach
    void makeBed() throws IOException {
        bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try (InteropBed ending = bed) {
            ending.assertNothingLeft();
        }
    }

    @Test
    void read() throws Exception {
        try (Pair pair = bed.active(Family.IPV4)) {
            pair.stack().setSoTimeout(0);
            assertWaitsWithoutMonitorUntilClosed(
                    pair.stack(), () -> pair.stack().getInputStream().read());
        }
    }

    @Test
    void readWithTimeout() throws Exception {
        try (Pair pair = bed.passive(Family.IPV6)) {
            assertWaitsWithoutMonitorUntilClosed(
                    pair.stack(), () -> pair.stack().getInputStream().read());
        }
    }

    /** The peer does not read, so that sooner or later there is no room. */
    @Test
    void write() throws Exception {
        try (Pair pair = bed.active(Family.IPV4)) {
            pair.stack().setSoLinger(true, 0);
            assertWaitsWithoutMonitorUntilClosed(pair.stack(), () -> {
                while (true) {
                    pair.stack().getOutputStream().write(MUCH);
                }
            });
        }
    }

    @Test
    void accept() throws Exception {
        try (ServerSocket listener = bed.listen(bed.freshPort(), 1)) {
            listener.setSoTimeout(0);
            assertWaitsWithoutMonitorUntilClosed(listener, listener::accept);
        }
    }

    @Test
    void connect() throws Exception {
        bed.near().ip("route add blackhole " + Family.IPV4.nobody);
        try (Socket socket = bed.sockets().createSocket()) {
            assertWaitsWithoutMonitorUntilClosed(socket, () -> {
                socket.connect(new InetSocketAddress(Family.IPV4.nobody.toInetAddress(), bed.freshPort()));
                return true;
            });
        }
    }

    private void assertWaitsWithoutMonitorUntilClosed(Closeable socket, Callable<?> call) throws Exception {
        AtomicReference<Throwable> end = new AtomicReference<>();
        Thread caller = new Thread(
                () -> {
                    try {
                        call.call();
                    } catch (Throwable e) {
                        end.set(e);
                    }
                },
                "caller");
        caller.setDaemon(true);
        caller.start();
        Waiting.until("the caller waits in the stack", () -> waitsInStack(caller), bed::describe);
        caller.interrupt();
        Thread.sleep(INTERRUPTED_MILLIS);
        Waiting.until("the caller waits on", () -> waitsInStack(caller), bed::describe);
        ThreadInfo info = infoOf(caller);
        assertEquals(0, info.getLockedMonitors().length, () -> "holds a monitor: " + info);
        socket.close();
        caller.join(InteropBed.SOON.toMillis());
        Throwable thrown = end.get();
        assertNotNull(thrown, () -> "did not end: " + infoOf(caller));
        assertInstanceOf(SocketException.class, thrown, thrown::toString);
        assertEquals("Socket closed", thrown.getMessage());
    }

    private boolean waitsInStack(Thread caller) {
        if (caller.getState() != Thread.State.WAITING && caller.getState() != Thread.State.TIMED_WAITING) {
            return false;
        }
        for (StackTraceElement frame : caller.getStackTrace()) {
            if (frame.getClassName().equals("net.sojourn.stack.loop.Signal")) {
                return true;
            }
        }
        return false;
    }

    private ThreadInfo infoOf(Thread thread) {
        return threads.getThreadInfo(new long[] {thread.getId()}, true, true)[0];
    }
}
