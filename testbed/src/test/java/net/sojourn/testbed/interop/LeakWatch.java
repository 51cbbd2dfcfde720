package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class whose buffers Netty's leak detector (level paranoid) found lost. First it loses a buffer itself, to be
 * sure that the detector would have told.
 */
final class LeakWatch implements BeforeAllCallback, AfterAllCallback {

    private static final int COLLECTIONS = 20;

    /** Netty reports buffers lost at the same place only once in a process. */
    private static boolean seesLosses;

    private final Logger detectorLog = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

    @Override
    public void beforeAll(ExtensionContext context) throws InterruptedException {
        assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
        reports.start();
        detectorLog.addAppender(reports);
        if (!seesLosses) {
            detectorLog.setAdditive(false);
            loseOne();
            for (int i = 0; i < COLLECTIONS && leaks().isEmpty(); i++) {
                collect();
            }
            detectorLog.setAdditive(true);
            assertFalse(leaks().isEmpty(), "the leak detector is blind: a lost buffer was not reported");
            seesLosses = true;
            reports.list.clear();
        }
    }

    private static void loseOne() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        collect();
        collect();
        detectorLog.detachAppender(reports);
        List<String> leaks = leaks();
        assertTrue(leaks.isEmpty(), () -> leaks.size() + " buffers lost, the first: " + leaks.get(0));
    }

    /** Lost buffers are reported by the next allocation after the collector has found them. */
    private static void collect() throws InterruptedException {
        System.gc();
        Thread.sleep(20);
        ByteBuf any = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        any.release();
    }

    private List<String> leaks() {
        return new ArrayList<>(reports.list)
                .stream()
                        .map(ILoggingEvent::getFormattedMessage)
                        .filter(message -> message.startsWith("LEAK"))
                        .toList();
    }
}
