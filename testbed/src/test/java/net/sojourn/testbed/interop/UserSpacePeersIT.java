package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.peers.PeerProgram;
import net.sojourn.testbed.peers.PeerProgram.Service;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** lwIP and gVisor's netstack as peers, behind a TUN of their own: the kernel between only forwards. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class UserSpacePeersIT {

    private static final String DEVICE = "peer0";
    private static final IpAddress GATEWAY = IpAddress.parse("10.9.0.1");
    private static final IpAddress PEER = IpAddress.parse("10.9.0.2");
    private static final int MTU_BYTES = 1500;
    private static final long BYTES = 16 << 20;
    private static final long BYTES_WITH_LOSS = 1 << 20;
    private static final int SHORT_CONNECTIONS = 300;
    private static final int SHORT_CONNECTIONS_OF_THE_PEER = 100;
    private static final int NOBODYS_PORT = 4;
    private static final int MOMENT_MILLIS = 300;
    private static final long SEED = 40_001;

    @BeforeAll
    static void build() throws IOException {
        for (PeerProgram program : PeerProgram.values()) {
            program.build();
        }
    }

    private static InteropBed neighbours(PeerProgram program) throws IOException {
        return withPeer(InteropBed.sameHost(InteropBed.TUN, InteropBed.settings()), program);
    }

    private static InteropBed beyond(LinkSettings eachWay, PeerProgram program) throws IOException {
        InteropBed bed = InteropBed.beyondLink(eachWay, InteropBed.settings(), SEED);
        bed.near().ip("route add " + PEER + " via " + Family.IPV4.far);
        return withPeer(bed, program);
    }

    private static InteropBed withPeer(InteropBed bed, PeerProgram program) {
        try {
            bed.peer().forwarding();
            bed.peer().start(program.command(DEVICE, PEER, MTU_BYTES)).awaitOutput(PeerProgram.READY, InteropBed.SOON);
            bed.peer().ip("link set " + DEVICE + " mtu " + MTU_BYTES + " txqueuelen 4096 up");
            bed.peer().address(DEVICE, Cidr.parse(GATEWAY + "/24"));
            return bed;
        } catch (RuntimeException e) {
            bed.close();
            throw e;
        }
    }

    private static Socket connect(InteropBed bed, Service service) throws IOException {
        Socket socket = bed.sockets().createSocket(PEER.toInetAddress(), service.port);
        socket.setSoTimeout((int) InteropBed.SOON.toMillis());
        return socket;
    }

    /** Has the peer open a connection to {@code port}, which it will echo. */
    private static void dial(InteropBed bed, int port) throws IOException {
        try (Socket control = connect(bed, Service.DIAL)) {
            control.getOutputStream().write(new byte[] {(byte) (port >> 8), (byte) port});
            control.shutdownOutput();
            assertEquals(-1, control.getInputStream().read());
        }
    }

    private static Socket accepted(InteropBed bed, ServerSocket listener) throws IOException {
        dial(bed, listener.getLocalPort());
        Socket socket = listener.accept();
        socket.setSoTimeout((int) InteropBed.SOON.toMillis());
        return socket;
    }

    /** Sends, shuts its direction, and reads what returns after that too: half-close at both ends. */
    private static Delivery echoed(Socket socket, long bytes) throws IOException {
        return Delivery.run(socket, socket, bytes);
    }

    @ParameterizedTest
    @EnumSource
    void bulkBothWaysAtOnceWhoeverOpens(PeerProgram program) throws IOException {
        try (InteropBed bed = neighbours(program)) {
            try (Socket active = connect(bed, Service.ECHO);
                    ServerSocket listener = bed.listen(bed.freshPort(), 50);
                    Socket passive = accepted(bed, listener)) {
                assertAgreed(program, bed);
                CompletableFuture<Delivery> peerOpened =
                        Delivery.inBackground("peer-opened", () -> echoed(passive, BYTES));
                System.out.println("interop " + program.title + ", there and back: stack opens: "
                        + echoed(active, BYTES) + "; peer opens: " + peerOpened.join());
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }

    /** The options that each peer knows are in use, in either role. */
    private static void assertAgreed(PeerProgram program, InteropBed bed) throws IOException {
        List<ConnectionInfo> established = bed.stack().connections().stream()
                .filter(info -> info.state() == TcpState.ESTABLISHED)
                .toList();
        assertEquals(2, established.size(), bed::describe);
        for (ConnectionInfo info : established) {
            boolean modern = program != PeerProgram.LWIP;
            assertEquals(modern, info.sack(), info::toString);
            assertEquals(modern, info.timestamps(), info::toString);
            assertTrue(info.sndWndScale() >= 0 && info.rcvWndScale() >= 0, info::toString);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachWayAlone(PeerProgram program) throws IOException {
        try (InteropBed bed = neighbours(program)) {
            try (Socket socket = connect(bed, Service.DISCARD)) {
                Octets.send(socket.getOutputStream(), SEED, BYTES);
                socket.shutdownOutput();
                // The end of the peer's stream says that it has read all of ours.
                assertEquals(-1, socket.getInputStream().read(), bed::describe);
            }
            try (Socket socket = connect(bed, Service.SOURCE)) {
                InputStream in = socket.getInputStream();
                byte[] chunk = new byte[1 << 16];
                for (long left = BYTES; left > 0; left -= chunk.length) {
                    assertEquals(chunk.length, in.readNBytes(chunk, 0, chunk.length), bed::describe);
                    assertArrayEquals(new byte[chunk.length], chunk);
                }
            }
            // Closed with text unread: a reset, which must not have hurt the peer.
            try (Socket socket = connect(bed, Service.ECHO)) {
                echoed(socket, 1000);
            }
            bed.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyShortConnections(PeerProgram program) throws IOException {
        try (InteropBed bed = neighbours(program)) {
            for (int i = 0; i < SHORT_CONNECTIONS; i++) {
                try (Socket socket = connect(bed, Service.ECHO)) {
                    oneOctet(socket, i);
                }
            }
            try (ServerSocket listener = bed.listen(bed.freshPort(), 50)) {
                List<Socket> open = new ArrayList<>();
                for (int i = 0; i < SHORT_CONNECTIONS_OF_THE_PEER; i++) {
                    open.add(accepted(bed, listener));
                    if (open.size() == 10) {
                        closeAll(open);
                    }
                }
                closeAll(open);
            }
            assertEquals(0, bed.stack().count(Counter.ATTEMPT_FAILS), bed::describe);
            bed.assertNothingLeft();
        }
    }

    private static void closeAll(List<Socket> open) throws IOException {
        for (Socket socket : open) {
            oneOctet(socket, open.size());
            socket.close();
        }
        open.clear();
    }

    private static void oneOctet(Socket socket, int octet) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(octet);
        assertEquals(octet & 0xFF, socket.getInputStream().read());
        socket.shutdownOutput();
        assertEquals(-1, socket.getInputStream().read());
    }

    @ParameterizedTest
    @EnumSource(names = {"LWIP", "GVISOR"})
    void lossOfOnePercentEachWay(PeerProgram program) throws IOException {
        LinkSettings each = LinkSettings.parse("delay=5ms,loss=1%");
        try (InteropBed bed = beyond(each, program)) {
            try (Socket active = connect(bed, Service.ECHO);
                    ServerSocket listener = bed.listen(bed.freshPort(), 50);
                    Socket passive = accepted(bed, listener)) {
                CompletableFuture<Delivery> peerOpened =
                        Delivery.inBackground("peer-opened", () -> echoed(passive, BYTES_WITH_LOSS));
                System.out.println("interop " + program.title + ", there and back, " + each + ": stack opens: "
                        + echoed(active, BYTES_WITH_LOSS) + "; peer opens: " + peerOpened.join() + "; retransmitted "
                        + bed.stack().count(Counter.SEGMENTS_RETRANSMITTED) + ", time-outs "
                        + bed.stack().count(Counter.RETRANSMISSION_TIMEOUTS) + ", out of order "
                        + bed.stack().count(Counter.OUT_OF_ORDER_SEGMENTS));
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            for (Direction direction : Direction.values()) {
                assertNotEquals(0, bed.link().counters(direction).lost(), direction::toString);
            }
            bed.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusalsAreUnderstoodBothWays(PeerProgram program) throws IOException {
        try (InteropBed bed = neighbours(program)) {
            ConnectException refused = assertThrows(
                    ConnectException.class, () -> bed.sockets().createSocket(PEER.toInetAddress(), NOBODYS_PORT));
            assertEquals("Connection refused", refused.getMessage());
            dial(bed, bed.freshPort());
            Waiting.until("a reset for the peer", () -> bed.stack().count(Counter.RESETS_OUT) > 0, bed::describe);
            bed.assertNothingLeft();
        }
    }

    /** A window that stays shut is probed by either end, and opens again without loss. */
    @ParameterizedTest
    @EnumSource(names = {"LWIP", "GVISOR"})
    void windowThatStaysShutForAWhile(PeerProgram program) throws IOException, InterruptedException {
        try (InteropBed bed = neighbours(program)) {
            try (Socket socket = connect(bed, Service.ECHO)) {
                byte[] octets = Octets.few(SEED, 24 << 20);
                CompletableFuture<Boolean> written = Delivery.inBackground("writer", () -> {
                    socket.getOutputStream().write(octets);
                    socket.shutdownOutput();
                    return true;
                });
                Thread.sleep(5 * MOMENT_MILLIS);
                assertTrue(!written.isDone(), "nobody was shut out: more must be sent");
                assertArrayEquals(octets, socket.getInputStream().readAllBytes(), "echo");
                written.join();
            } catch (SocketTimeoutException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }
}
