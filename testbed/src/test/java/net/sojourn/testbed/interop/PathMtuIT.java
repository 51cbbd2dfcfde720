package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.testbed.link.LinkSettings;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A device with the least MTU, and a path narrower than both ends' devices (RFC 1191, RFC 8201). */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class PathMtuIT {

    private static final long BYTES = 16 << 20;
    private static final int LEAST_MTU_BYTES = 1280;
    private static final int NARROW_MTU_BYTES = 1400;
    /** TCP header with timestamps. */
    private static final int TCP_BYTES = 32;

    private static int ipBytes(Family family) {
        return family == Family.IPV4 ? 20 : 40;
    }

    private static ConnectionInfo only(InteropBed bed) throws IOException {
        return bed.stack().connections().get(0);
    }

    @ParameterizedTest
    @EnumSource
    void deviceWithTheLeastMtu(Family family) throws IOException {
        for (boolean offload : new boolean[] {true, false}) {
            var tun = InteropBed.TUN.mtuBytes(LEAST_MTU_BYTES).offload(offload);
            try (InteropBed bed = InteropBed.sameHost(tun, InteropBed.settings())) {
                try (Pair pair = bed.active(family)) {
                    assertEquals(
                            LEAST_MTU_BYTES - ipBytes(family) - TCP_BYTES,
                            only(bed).sndMssBytes());
                    System.out.println("interop MTU 1280, " + family + (offload ? "" : ", no offload") + ": "
                            + Delivery.bothWays(pair, BYTES));
                }
                bed.assertNothingLeft();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void pathNarrowerThanTheDevices(Family family) throws IOException {
        LinkSettings each = LinkSettings.parse("delay=1ms,rate=200mbit");
        try (InteropBed bed = InteropBed.beyondLink(each, InteropBed.settings(), 1)) {
            bed.near().ip("link set up0 mtu " + NARROW_MTU_BYTES);
            try (Pair pair = bed.active(family)) {
                assertEquals(1500 - ipBytes(family) - TCP_BYTES, only(bed).sndMssBytes());
                Delivery sent = Delivery.run(pair.stack(), pair.kernel(), BYTES);
                assertEquals(
                        NARROW_MTU_BYTES - ipBytes(family) - TCP_BYTES,
                        only(bed).sndMssBytes());
                System.out.println("interop path MTU 1400 learnt by ICMP, " + family + ": send " + sent);
                Delivery.run(pair.kernel(), pair.stack(), BYTES);
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }
}
