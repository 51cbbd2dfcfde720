package net.sojourn.stack.leak;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Fails a class of tests that has lost a buffer: Netty says so when the collector finds one that was never released. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {

    private static final int ROUNDS = 3;

    private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        assertEquals(
                Level.PARANOID, ResourceLeakDetector.getLevel(), "run with -Dio.netty.leakDetection.level=paranoid");
        reports.start();
        logger().addAppender(reports);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        for (int i = 0; i < ROUNDS; i++) {
            System.gc();
            Thread.sleep(50);
            // Lost buffers are reported when the next one is made.
            PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
        logger().detachAppender(reports);
        List<String> leaks = reports.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(message -> message.contains("LEAK"))
                .collect(Collectors.toList());
        assertEquals(List.of(), leaks);
    }
}
