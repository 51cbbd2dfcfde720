package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import jdk.net.ExtendedSocketOptions;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Socket options that the other end, a kernel, can see. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class UrgentAndKeepAliveIT {

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

    /** RFC 6093: both read the pointer alike, so both leave out, or keep, the same octet. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kernelAndStackMeanTheSameUrgentOctet(boolean inLine) throws Exception {
        try (Pair pair = bed.active(Family.IPV4)) {
            assertEquals(inLine ? "abXcd" : "abcd", urgent(pair.stack(), pair.kernel(), inLine));
            assertEquals(inLine ? "abXcd" : "abcd", urgent(pair.kernel(), pair.stack(), inLine));
        }
    }

    private String urgent(Socket from, Socket to, boolean inLine) throws Exception {
        to.setOOBInline(inLine);
        InputStream in = to.getInputStream();
        from.getOutputStream().write("ab".getBytes(StandardCharsets.US_ASCII));
        Waiting.until("the first two", () -> in.available() == 2, bed::describe);
        from.sendUrgentData('X');
        from.getOutputStream().write("cd".getBytes(StandardCharsets.US_ASCII));
        return new String(in.readNBytes(inLine ? 5 : 4), StandardCharsets.US_ASCII);
    }

    /** A connection's own times, not the stack's; the kernel answers, and when it no longer can, the connection ends. */
    @Test
    void keepAliveFindsOutThatTheKernelIsGone() throws Exception {
        try (Pair pair = bed.passive(Family.IPV4)) {
            Socket socket = pair.stack();
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 2);
            socket.setKeepAlive(true);
            Waiting.until("two probes", () -> bed.stack().count(Counter.KEEPALIVES) >= 2, bed::describe);
            assertEquals(1, bed.stack().connections().size());
            bed.near().ip("address del " + Family.IPV4.near + Family.IPV4.prefix + " dev sj0");
            SocketException gone = assertThrows(
                    SocketException.class, () -> socket.getInputStream().read());
            assertEquals("Connection timed out", gone.getMessage());
        }
    }
}
