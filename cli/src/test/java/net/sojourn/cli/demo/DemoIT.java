package net.sojourn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import net.sojourn.cli.demo.DemoReport.MoveReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo with a real BIND, every figure asserted loosely and printed exactly. Needs root. */
class DemoIT {

    private static final long COPY_BYTES = 120_000_000;

    @TempDir
    Path folder;

    @Test
    void everyConnectionMovesAndEveryNameFollows() throws Exception {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        DemoReport report =
                Demo.run(new DemoSettings(NameService.Kind.BIND, COPY_BYTES, folder), new Screen(out, false));
        report.lines().forEach(out::println);
        assertEquals(4, report.moves().size());
        assertEquals(4, report.copies().size());
        report.copies().forEach(copy -> assertTrue(copy.equal(), copy::toString));
        report.checks().forEach(check -> assertTrue(check.holds(), check::toString));
        for (MoveReport move : report.moves()) {
            double limitMillis = 3 * move.roundTripMillis() + 250;
            assertAll(
                    move.title(),
                    () -> assertTrue(move.moved(), move::toString),
                    () -> assertTrue(move.firstOctetMillis() <= limitMillis, move + " takes over " + limitMillis),
                    () -> assertTrue(move.nameFollowed() && move.recordSeenMillis() <= 3_000, move::toString));
        }
        assertTrue(report.allTrue());
        for (Path capture : report.captures()) {
            assertReadable(capture);
        }
    }

    /** By the program that people will open it with. */
    private static void assertReadable(Path capture) throws Exception {
        Process tshark = new ProcessBuilder("tshark", "-r", capture.toString(), "-c", "20", "-Y", "ip")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String packets = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tshark.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, tshark.exitValue());
        assertTrue(packets.lines().count() > 5, packets);
        assertTrue(Files.size(capture) > 10_000);
    }
}
