package net.sojourn.daemon.restart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which process, and which of all that ever had its number. A process that replaces its program by another (execve(2)) stays
 * the same.
 *
 * @param startTicks when it was started, in clock ticks since the machine's boot: field 22 of {@code /proc/self/stat}
 */
public record ProcessLife(long pid, long startTicks) {

    private static final int START_FIELD_BEHIND_NAME = 19;

    /** Of this process. */
    public static ProcessLife own() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
        // The name, in brackets, may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return new ProcessLife(ProcessHandle.current().pid(), Long.parseLong(fields[START_FIELD_BEHIND_NAME]));
    }
}
