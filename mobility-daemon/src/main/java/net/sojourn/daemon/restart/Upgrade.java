package net.sojourn.daemon.restart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.sojourn.tun.host.SelfExec;

/** Whether the program on the disk would start: what fails here fails before anything is given up. */
public final class Upgrade {

    private static final long PATIENCE_SECONDS = 30;

    private Upgrade() {}

    /** @throws IOException with what the new program says, if it does not run or does not like the configuration */
    public static void check() throws IOException {
        List<String> command = new ArrayList<>(SelfExec.command());
        int verb = command.lastIndexOf("run");
        if (verb < 1 || !command.get(verb - 1).equals("daemon")) {
            return; // a program of its own, which knows no such question
        }
        command.set(verb, "check");
        Process check = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            check.getOutputStream().close();
            String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!check.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || check.exitValue() != 0) {
                throw new IOException("the program on the disk would not start, so nothing was done: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the new program was tried", e);
        } finally {
            check.destroy();
        }
    }
}
