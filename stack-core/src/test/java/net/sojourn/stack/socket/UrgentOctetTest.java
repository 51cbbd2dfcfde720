package net.sojourn.stack.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import net.sojourn.stack.socket.Sockets.Pair;
import net.sojourn.stack.socket.Sockets.StackBed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class UrgentOctetTest {

    /** The loop is about to send when the octet is written: it must not take it for one like the others. */
    @Test
    void isUrgentHoweverSoonTheLoopSeesIt() throws Exception {
        try (StackBed bed = new StackBed();
                Pair pair = bed.pair()) {
            pair.client().setTcpNoDelay(true);
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch written = new CountDownLatch(1);
            Thread holder = new Thread(() -> onLoop(bed, held::countDown, written));
            holder.start();
            held.await();
            CountDownLatch urgent = new CountDownLatch(1);
            Thread inTheSameCycle = new Thread(() -> onLoop(bed, () -> sendUrgent(pair.client(), urgent), urgent));
            inTheSameCycle.start();
            awaitWaiting(inTheSameCycle);
            pair.client().getOutputStream().write("ab".getBytes(StandardCharsets.US_ASCII));
            written.countDown();
            urgent.await();
            pair.client().getOutputStream().write("cd".getBytes(StandardCharsets.US_ASCII));
            InputStream in = pair.server().getInputStream();
            assertEquals("abcd", new String(in.readNBytes(4), StandardCharsets.US_ASCII));
            holder.join();
            inTheSameCycle.join();
        }
    }

    /** Runs {@code first} on the client's loop, and keeps that until {@code then} has happened. */
    private static void onLoop(StackBed bed, Runnable first, CountDownLatch then) {
        try {
            bed.client.onLoop(now -> {
                first.run();
                try {
                    then.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return now;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sendUrgent(Socket client, CountDownLatch sent) {
        new Thread(() -> {
                    try {
                        client.sendUrgentData('X');
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    sent.countDown();
                })
                .start();
    }

    /** Its task is in the loop's queue. */
    private static void awaitWaiting(Thread thread) throws InterruptedException {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
    }
}
