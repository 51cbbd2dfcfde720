package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.LinkCounters;
import net.sojourn.testbed.link.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** Text each way over a link that loses, delays and reorders. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
class LossyPathIT {

    private static final long BYTES = 32 << 20;
    private static final long SEED = 20_001;

    /** Four streams at once: loss decides their speed, not the machine, so that waiting for them together costs nothing. */
    @Test
    void bothRolesBothWaysWithLossDelayAndReordering() throws IOException {
        LinkSettings each = LinkSettings.parse("delay=20ms,loss=1%,reorder=2%/4ms");
        try (InteropBed bed = InteropBed.beyondLink(each, InteropBed.settings(), SEED)) {
            try (Pair active = bed.active(Family.IPV4);
                    Pair passive = bed.passive(Family.IPV6)) {
                CompletableFuture<Delivery.BothWays> kernelOpened =
                        Delivery.inBackground("kernel-opened", () -> Delivery.bothWays(passive, BYTES));
                Delivery.BothWays stackOpened = Delivery.bothWays(active, BYTES);
                System.out.println("interop " + each + " each way, both ways at once: stack opens, IPv4: " + stackOpened
                        + "; kernel opens, IPv6: " + kernelOpened.join() + "; retransmitted "
                        + bed.stack().count(Counter.SEGMENTS_RETRANSMITTED) + ", time-outs "
                        + bed.stack().count(Counter.RETRANSMISSION_TIMEOUTS) + ", spurious "
                        + bed.stack().count(Counter.SPURIOUS_RETRANSMISSIONS) + ", out of order "
                        + bed.stack().count(Counter.OUT_OF_ORDER_SEGMENTS));
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            for (Direction direction : Direction.values()) {
                LinkCounters counters = bed.link().counters(direction);
                System.out.println("interop link " + direction + ": " + counters);
                assertTrue(counters.lost() > 0 && counters.overtaken() > 0, "an easy link: " + counters);
            }
            bed.assertNothingLeft();
        }
    }
}
