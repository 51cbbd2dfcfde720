package net.sojourn.quicpeer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes 16 octets each millisecond and notes when the peer's arrive. A line of a time (System.nanoTime()) on standard input is
 * answered by "result FIRST GAP": from then to the first arrival, -1 if there is none, and the longest gap since. One
 * thread reports arrivals, another reads standard input.
 */
final class Conversation {

    static final int OCTETS = 16;

    /** Sends some octets, or none if there is no room. */
    interface Speaker {
        void speak(byte[] octets);
    }

    private final List<Long> arrivals = new ArrayList<>();

    void arrived() {
        long now = System.nanoTime();
        synchronized (arrivals) {
            arrivals.add(now);
        }
    }

    /** Until standard input ends. */
    void run(Speaker speaker) throws IOException {
        Thread writer = new Thread(() -> write(speaker), "writer");
        writer.setDaemon(true);
        writer.start();
        System.out.println("connected");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(result(Long.parseLong(line)));
        }
    }

    private String result(long since) {
        long first = -1;
        long gap = 0;
        synchronized (arrivals) {
            for (int i = 0; i < arrivals.size(); i++) {
                long at = arrivals.get(i);
                if (at - since > 0) {
                    first = first < 0 ? at - since : first;
                    gap = i == 0 ? gap : Math.max(gap, at - arrivals.get(i - 1));
                }
            }
        }
        return "result " + first + " " + gap;
    }

    private static void write(Speaker speaker) {
        try {
            while (true) {
                speaker.speak(new byte[OCTETS]);
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            System.out.println("failed writer: " + e);
        }
    }
}
