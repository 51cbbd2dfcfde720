package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.netns.HostProcess;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TCP Fast Open (RFC 7413) with the kernel, either side first. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class FastOpenIT {

    private static final String HELLO = "hello";
    private static final int CONNECTIONS = 3;
    private static final int TIMEOUT_MILLIS = 5000;
    /** Answers each connection's first text in capitals; TCP_FASTOPEN is 23. */
    private static final String SERVER = String.join(
            "\n",
            "import socket, sys",
            "s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)",
            "s.setsockopt(socket.IPPROTO_TCP, 23, 16)",
            "s.bind((sys.argv[1], int(sys.argv[2])))",
            "s.listen(16)",
            "print('ready', flush=True)",
            "while True:",
            "    c, _ = s.accept()",
            "    c.sendall(c.recv(100).upper())",
            "    c.close()");
    /** Sends with the SYN, by MSG_FASTOPEN (0x20000000), and prints the answer and whether the text was taken. */
    private static final String CLIENT = String.join(
            "\n",
            "import socket, sys",
            "for i in range(int(sys.argv[3])):",
            "    s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)",
            "    s.sendto(b'hello', 0x20000000, (sys.argv[1], int(sys.argv[2])))",
            "    answer = s.recv(100).decode()",
            "    taken = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5] & 32",
            "    print('answer', answer, 'taken' if taken else 'not taken', flush=True)",
            "    s.close()",
            "print('done', flush=True)");

    private static InteropBed bed() throws IOException {
        StackSettings settings = InteropBed.settings().toBuilder()
                .fastOpenConnect(true)
                .fastOpenPlaces(16)
                .build();
        InteropBed bed = InteropBed.sameHost(InteropBed.TUN, settings);
        bed.peer().sysctl("net.ipv4.tcp_fastopen", "3");
        return bed;
    }

    /** The first connection brings the cookie, each of the others saves a round trip. */
    @ParameterizedTest
    @EnumSource
    void stacksTextGoesWithItsSyn(Family family) throws IOException {
        try (InteropBed bed = bed()) {
            int port = bed.freshPort();
            String address = bed.kernelAddress(family).toString();
            bed.peer().start("python3", "-c", SERVER, address, "" + port).awaitOutput("ready", InteropBed.SOON);
            for (int i = 0; i < CONNECTIONS; i++) {
                ByteBuffer text = ByteBuffer.wrap(HELLO.getBytes(StandardCharsets.US_ASCII));
                InetSocketAddress server = new InetSocketAddress(address, port);
                try (TcpConnection connection = bed.stack().connect(server, null, TIMEOUT_MILLIS, text)) {
                    assertEquals("HELLO", read(connection));
                    assertEquals(i > 0, connection.info().fastOpen(), bed::describe);
                }
            }
            assertEquals(CONNECTIONS - 1, bed.stack().count(Counter.FAST_OPENS_OUT));
            assertEquals(0, bed.stack().count(Counter.FAST_OPENS_OUT_FAILED));
            bed.assertNothingLeft();
        }
    }

    private static String read(TcpConnection connection) throws IOException {
        connection.readTimeoutMillis(TIMEOUT_MILLIS);
        byte[] answer = new byte[100];
        int bytes = 0;
        for (int n = connection.read(answer, 0, answer.length); n >= 0; ) {
            bytes += n;
            n = connection.read(answer, bytes, answer.length - bytes);
        }
        return new String(answer, 0, bytes, StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @EnumSource
    void kernelsTextComesWithItsSyn(Family family) throws IOException {
        try (InteropBed bed = bed()) {
            try (TcpListener listener = bed.stack().listen(family.stack.toInetAddress(), bed.freshPort(), 16)) {
                HostProcess client = bed.peer()
                        .start(
                                "python3",
                                "-c",
                                CLIENT,
                                family.stack.toString(),
                                "" + listener.localAddress().getPort(),
                                "" + CONNECTIONS);
                for (int i = 0; i < CONNECTIONS; i++) {
                    try (TcpConnection connection = listener.accept(TIMEOUT_MILLIS)) {
                        byte[] text = new byte[100];
                        int n = connection.read(text, 0, text.length);
                        assertEquals(HELLO, new String(text, 0, n, StandardCharsets.US_ASCII));
                        connection.write("HELLO".getBytes(StandardCharsets.US_ASCII), 0, n);
                        assertEquals(i > 0, connection.info().fastOpen(), bed::describe);
                        assertEquals(-1, connection.read(text, 0, 1));
                    }
                }
                String output = client.awaitOutput("done", InteropBed.SOON);
                assertEquals(
                        CONNECTIONS - 1,
                        output.lines()
                                .filter(line -> line.equals("answer HELLO taken"))
                                .count(),
                        output);
                assertTrue(output.startsWith("answer HELLO not taken"), output);
            }
            assertEquals(CONNECTIONS - 1, bed.stack().count(Counter.FAST_OPENS_IN));
            bed.assertNothingLeft();
        }
    }
}
