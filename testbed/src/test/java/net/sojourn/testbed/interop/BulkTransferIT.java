package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.tun.TunSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** Much text each way, with and without segments above the MTU between stack and kernel. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class BulkTransferIT {

    private static final long GIBIBYTE = 1L << 30;
    private static final long MOST_SECONDS_EACH_WAY = 60;

    private static void eachWay(String what, TunSettings tun, Family family, boolean stackOpens, long bytes)
            throws IOException {
        try (InteropBed bed = InteropBed.sameHost(tun, InteropBed.settings())) {
            try (Pair pair = stackOpens ? bed.active(family) : bed.passive(family)) {
                Delivery toKernel = Delivery.run(pair.stack(), pair.kernel(), bytes);
                Delivery toStack = Delivery.run(pair.kernel(), pair.stack(), bytes);
                System.out.println("interop " + what + ": send " + toKernel + "; receive " + toStack
                        + "; retransmitted " + bed.stack().count(Counter.SEGMENTS_RETRANSMITTED));
                assertTrue(toKernel.seconds() < MOST_SECONDS_EACH_WAY, toKernel::toString);
                assertTrue(toStack.seconds() < MOST_SECONDS_EACH_WAY, toStack::toString);
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }

    @Test
    void gibibyteEachWayWhenTheStackOpensOverIpv4() throws IOException {
        eachWay("1 GiB, stack opens, IPv4", InteropBed.TUN, Family.IPV4, true, GIBIBYTE);
    }

    @Test
    void gibibyteEachWayWhenTheKernelOpensOverIpv6() throws IOException {
        eachWay("1 GiB, kernel opens, IPv6", InteropBed.TUN, Family.IPV6, false, GIBIBYTE);
    }

    @Test
    void withoutOffloadWhenTheStackOpensOverIpv6() throws IOException {
        eachWay("no offload, stack opens, IPv6", InteropBed.TUN.offload(false), Family.IPV6, true, GIBIBYTE / 4);
    }

    @Test
    void withoutOffloadWhenTheKernelOpensOverIpv4() throws IOException {
        eachWay("no offload, kernel opens, IPv4", InteropBed.TUN.offload(false), Family.IPV4, false, GIBIBYTE / 4);
    }
}
