package net.sojourn.tun.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * Replaces the program of this process by the one it was started with, as it is on the disk now: execve(2). The process keeps
 * its number, its parent and the descriptors it is told to keep; every thread, and all else, ends without a word.
 */
public final class SelfExec {

    private static final String DELETED = " (deleted)";
    private static final int SIGSET_BYTES = 128;
    private static final int FIRST_OF_OURS = 3;

    private SelfExec() {}

    /** The command line of this process. */
    public static List<String> command() throws IOException {
        return strings(Path.of("/proc/self/cmdline"));
    }

    /**
     * Does not return.
     *
     * @param keep descriptors that stay open, beside the first three
     * @param variable added to the environment, in place of one of the same name
     * @throws SystemCallException if the program cannot be started; this one goes on
     */
    public static void exec(Set<Integer> keep, String variable, String value) throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/self/exe")).toString();
        // A package that was exchanged leaves another file under the name.
        String program = link.endsWith(DELETED) ? link.substring(0, link.length() - DELETED.length()) : link;
        List<String> environment = new ArrayList<>(strings(Path.of("/proc/self/environ")));
        environment.removeIf(entry -> entry.startsWith(variable + "="));
        environment.add(variable + "=" + value);
        List<Pointer> memory = new ArrayList<>();
        Pointer path = text(program, memory);
        Pointer arguments = array(command(), memory);
        Pointer variables = array(environment, memory);
        closeOnExec(keep);
        // A signal that this thread does not take would never reach the next program.
        Libc.C.pthread_sigmask(Libc.SIG_SETMASK, Libc.allocate(SIGSET_BYTES).address(), 0);
        Libc.check(
                Libc.C.execve(path.address(), arguments.address(), variables.address()), "start " + program + " again");
        throw new IllegalStateException("execve came back with success; " + memory.size());
    }

    private static List<String> strings(Path file) throws IOException {
        String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (all.isEmpty()) {
            return List.of();
        }
        String[] parts = all.split("\0", -1);
        return Arrays.asList(parts).subList(0, parts.length - (all.endsWith("\0") ? 1 : 0));
    }

    private static Pointer text(String text, List<Pointer> memory) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        Pointer place = Libc.allocate(octets.length + 1);
        place.put(0, octets, 0, octets.length);
        memory.add(place);
        return place;
    }

    private static Pointer array(List<String> texts, List<Pointer> memory) {
        Pointer array = Libc.allocate((texts.size() + 1) * Long.BYTES);
        for (int i = 0; i < texts.size(); i++) {
            array.putLong((long) i * Long.BYTES, text(texts.get(i), memory).address());
        }
        memory.add(array);
        return array;
    }

    private static void closeOnExec(Set<Integer> keep) throws IOException {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path path : open) {
                int number = Integer.parseInt(String.valueOf(path.getFileName()));
                if (number >= FIRST_OF_OURS) {
                    Libc.C.fcntl(number, Libc.F_SETFD, keep.contains(number) ? 0 : Libc.FD_CLOEXEC);
                }
            }
        }
    }
}
