package net.sojourn.testbed.netns;

import java.util.List;
import net.sojourn.testbed.TestbedException;

/**
 * How a command ended.
 *
 * @param command what was run
 * @param exitCode its exit status; 128 + N if signal N ended it
 * @param output standard output, UTF-8
 * @param errors standard error, UTF-8
 */
public record CommandResult(List<String> command, int exitCode, String output, String errors) {

    public CommandResult {
        command = List.copyOf(command);
    }

    public boolean succeeded() {
        return exitCode == 0;
    }

    /**
     * This result if the command succeeded.
     *
     * @throws TestbedException with the command and what it printed, otherwise
     */
    public CommandResult orFail() {
        if (!succeeded()) {
            throw new TestbedException(
                    String.join(" ", command) + " ended with status " + exitCode + ": " + (errors + output).strip());
        }
        return this;
    }
}
