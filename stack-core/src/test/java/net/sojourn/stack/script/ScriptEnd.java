package net.sojourn.stack.script;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Ends the scripts of each test: what was sent and not asked for, timers and buffers left behind, fail it. */
public final class ScriptEnd implements BeforeEachCallback, AfterEachCallback {

    private static final ThreadLocal<List<Script>> OPEN = ThreadLocal.withInitial(ArrayList::new);

    static void opened(Script script) {
        OPEN.get().add(script);
    }

    static void closed(Script script) {
        OPEN.get().remove(script);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        OPEN.get().clear();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<Script> scripts = List.copyOf(OPEN.get());
        OPEN.get().clear();
        for (Script script : scripts) {
            if (context.getExecutionException().isPresent()) {
                script.release();
            } else {
                script.end();
            }
        }
    }
}
