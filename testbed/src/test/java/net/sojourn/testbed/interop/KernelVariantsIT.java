package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.EcnMode;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Host;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels as they are found: each congestion control it has, and each option switched off or on; bulk text both ways. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class KernelVariantsIT {

    private static final long BYTES = 4 << 20;
    private static final long BYTES_THROUGH_TINY_WINDOWS = 256 << 10;
    private static final LinkSettings LINK = LinkSettings.parse("delay=5ms,rate=200mbit,queue=200000,loss=0.1%");

    private static final StackSettings SETTINGS =
            InteropBed.settings().toBuilder().ecn(EcnMode.OFFER).build();

    /** @param agreed what the connection must show for it */
    private record Variant(String name, long bytes, Consumer<InteropBed> prepare, Consumer<ConnectionInfo> agreed) {

        static Variant sysctl(String name, String key, String value, Consumer<ConnectionInfo> agreed) {
            return new Variant(name, BYTES, bed -> bed.peer().sysctl("net.ipv4." + key, value), agreed);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static void anything(ConnectionInfo info) {
        assertTrue(info.sndMssBytes() > 0);
    }

    static Stream<Variant> variants() throws IOException {
        String available = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control"));
        Stream<Variant> congestion = List.of(available.trim().split(" ")).stream()
                .map(name -> new Variant(
                        "congestion control " + name,
                        BYTES,
                        bed -> bed.congestionControl(name),
                        KernelVariantsIT::anything));
        return Stream.concat(
                congestion,
                Stream.of(
                        Variant.sysctl("ECN asked for", "tcp_ecn", "1", info -> assertTrue(info.ecn())),
                        Variant.sysctl("ECN off", "tcp_ecn", "0", info -> assertEquals(false, info.ecn())),
                        Variant.sysctl("SACK off", "tcp_sack", "0", info -> assertEquals(false, info.sack())),
                        Variant.sysctl("D-SACK off", "tcp_dsack", "0", info -> assertTrue(info.sack())),
                        Variant.sysctl(
                                "timestamps off",
                                "tcp_timestamps",
                                "0",
                                info -> assertEquals(false, info.timestamps())),
                        Variant.sysctl(
                                "window scaling off",
                                "tcp_window_scaling",
                                "0",
                                info -> assertEquals(-1, info.sndWndScale())),
                        Variant.sysctl("RACK off", "tcp_recovery", "0", KernelVariantsIT::anything),
                        Variant.sysctl("F-RTO off", "tcp_frto", "0", KernelVariantsIT::anything),
                        new Variant(
                                "tiny windows",
                                BYTES_THROUGH_TINY_WINDOWS,
                                KernelVariantsIT::tinyWindows,
                                info -> assertTrue(info.sndWndBytes() <= 8192, info::toString))));
    }

    private static void tinyWindows(InteropBed bed) {
        Host kernel = bed.peer();
        kernel.sysctl("net.ipv4.tcp_rmem", "4096 4096 4096");
        kernel.sysctl("net.ipv4.tcp_wmem", "4096 4096 4096");
    }

    @ParameterizedTest
    @MethodSource("variants")
    void bulkBothWays(Variant variant) throws IOException {
        try (InteropBed bed = InteropBed.beyondLink(LINK, SETTINGS, 40_001)) {
            variant.prepare().accept(bed);
            try (Pair active = bed.active(Family.IPV4)) {
                System.out.println(
                        "interop " + variant + ", stack opens: " + Delivery.bothWays(active, variant.bytes()));
                variant.agreed().accept(bed.stack().connections().get(0));
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            try (Pair passive = bed.passive(Family.IPV6)) {
                System.out.println(
                        "interop " + variant + ", kernel opens: " + Delivery.bothWays(passive, variant.bytes()));
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }
}
