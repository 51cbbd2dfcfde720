package net.sojourn.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import net.sojourn.daemon.control.TimelineEvent;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What all daemons of a test have told, which a test that fails prints. Any thread. */
final class Diary implements AfterTestExecutionCallback, BiConsumer<String, TimelineEvent> {

    private final List<String> lines = new ArrayList<>();

    @Override
    public synchronized void accept(String host, TimelineEvent event) {
        lines.add("%d.%03d %s: %s #%d %s (%s) %d us"
                .formatted(
                        event.nanos() / 1_000_000_000,
                        event.nanos() / 1_000_000 % 1000,
                        host,
                        event.kind(),
                        event.connection(),
                        event.subject(),
                        event.detail(),
                        event.elapsedMicros()));
    }

    @Override
    public synchronized void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            System.out.println(context.getDisplayName() + " failed; what happened:");
            lines.forEach(System.out::println);
        }
        lines.clear();
    }
}
