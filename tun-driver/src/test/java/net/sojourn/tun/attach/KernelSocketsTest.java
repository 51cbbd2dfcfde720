package net.sojourn.tun.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.attach.KernelSockets.Entry;
import org.junit.jupiter.api.Test;

class KernelSocketsTest {

    private static final List<String> LINES = List.of(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   1: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   2: 0201470A:B26E 0209470A:1B5F 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   3: 0000000000000000FFFF00000201470A:B26F 0000000000000000FFFF00000209470A:1B5F 06 00000000:00000000"
                    + " 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   4: 000071FD010000000000000002000000:B270 000071FD090000000000000002000000:1B5F 01 00000000:00000000"
                    + " 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   5: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000"
                    + " 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   6: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000"
                    + " 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0");

    @Test
    void readsBothFamilies() {
        KernelSockets sockets = KernelSockets.parse(LINES);
        assertEquals(List.of(22, 443), sockets.listening(), "loopback's own do not count");
        IpAddress laptop = IpAddress.parse("10.71.1.2");
        IpAddress server = IpAddress.parse("10.71.9.2");
        assertEquals(
                List.of(
                        new Entry(laptop, 45_678, server, 7_007, false),
                        new Entry(laptop, 45_679, server, 7_007, false)),
                sockets.connections(port -> port < 45_680));
        Entry six = sockets.connections(port -> port == 45_680).get(0);
        assertEquals(16, six.address().toBytes().length);
        assertTrue(six.address().toString().startsWith("fd71:"), six.toString());
    }

    @Test
    void readsThisMachines() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            List<Entry> all = KernelSockets.read().entries();
            IpAddress loopback = IpAddress.parse("127.0.0.1");
            assertTrue(
                    all.contains(new Entry(loopback, client.getLocalPort(), loopback, server.getLocalPort(), false)));
            assertTrue(all.stream().anyMatch(e -> e.listening() && e.port() == server.getLocalPort()));
        }
    }

    @Test
    void ignoresWhatIsNoLine() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder line = new StringBuilder(LINES.get(1 + random.nextInt(LINES.size() - 1)));
            for (int n = random.nextInt(4); n > 0; n--) {
                line.setCharAt(random.nextInt(line.length()), (char) (32 + random.nextInt(95)));
            }
            line.setLength(random.nextInt(3) == 0 ? random.nextInt(line.length()) : line.length());
            KernelSockets sockets = KernelSockets.parse(List.of(line.toString()));
            assertTrue(sockets.entries().size() <= 1, "seed " + seed);
        }
        assertEquals(
                List.of(),
                KernelSockets.parse(List.of("", "sl", "0: 00:11 22:33 0A x")).entries());
    }
}
