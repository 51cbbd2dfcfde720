package net.sojourn.cli.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.sojourn.testbed.netns.Host;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A third host that asks the name server for one name's address again and again, and remembers when each was first seen.
 * Any thread.
 */
final class RecordWatch implements AutoCloseable {

    private static final int PERIOD_MILLIS = 5;
    private static final int ANSWER_MILLIS = 500;
    private static final int ANSWER_BYTES = 4096;

    private final DatagramSocket socket;
    private final InetSocketAddress server;
    private final Name name;
    private final int type;
    private final Map<String, Long> changedNanos = new LinkedHashMap<>();
    private Set<String> current = Set.of();
    private volatile boolean closed;

    private RecordWatch(DatagramSocket socket, InetSocketAddress server, Name name, int type) {
        this.socket = socket;
        this.server = server;
        this.name = name;
        this.type = type;
        Thread thread = new Thread(this::watch, "record-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** @param type A or AAAA, as {@link Type} numbers them */
    static RecordWatch start(Host observer, InetSocketAddress server, String name, int type) throws IOException {
        Name parsed;
        try {
            parsed = Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(name + " is no domain name", e);
        }
        DatagramSocket socket = observer.call(() -> new DatagramSocket());
        socket.setSoTimeout(ANSWER_MILLIS);
        return observer.network().own(new RecordWatch(socket, server, parsed, type));
    }

    private void watch() {
        byte[] answer = new byte[ANSWER_BYTES];
        while (!closed) {
            try {
                Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
                byte[] octets = question.toWire();
                socket.send(new DatagramPacket(octets, octets.length, server));
                Message said = receive(answer);
                // An answer that came too late for its own question stands before this one's.
                while (said.getHeader().getID() != question.getHeader().getID()) {
                    said = receive(answer);
                }
                seen(said);
                Thread.sleep(PERIOD_MILLIS);
            } catch (SocketTimeoutException e) {
                // Lost on the way: the next question follows.
            } catch (IOException e) {
                if (!closed) {
                    pause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private Message receive(byte[] answer) throws IOException {
        DatagramPacket packet = new DatagramPacket(answer, answer.length);
        socket.receive(packet);
        return new Message(Arrays.copyOf(answer, packet.getLength()));
    }

    private static void pause() {
        try {
            Thread.sleep(ANSWER_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void seen(Message answer) {
        Set<String> addresses = new TreeSet<>();
        for (Record entry : answer.getSection(Section.ANSWER)) {
            if (entry.getType() == type) {
                addresses.add(entry.rdataToString());
            }
        }
        if (!addresses.equals(current)) {
            current = addresses;
            long now = System.nanoTime();
            addresses.forEach(address -> changedNanos.put(address, now));
            notifyAll();
        }
    }

    /** What the server said last. */
    synchronized Set<String> current() {
        return Set.copyOf(current);
    }

    /**
     * Waits until the name has this address and no other.
     *
     * @return when it was first seen so, or -1 if it was not within {@code timeout}
     */
    synchronized long awaitOnly(String address, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!current.equals(Set.of(address))) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                return -1;
            }
            wait(leftMillis);
        }
        return changedNanos.getOrDefault(address, -1L);
    }

    @Override
    public void close() {
        closed = true;
        socket.close();
    }
}
