package net.sojourn.testbed.netns;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The command that runs a class of this class path in a JVM of its own, of the same JDK. */
public final class JavaProgram {

    private JavaProgram() {}

    /** Without flags for the JVM. */
    public static List<String> command(Class<?> program, String... arguments) {
        return command(List.of(), program, arguments);
    }

    /** @param flags of the JVM */
    public static List<String> command(List<String> flags, Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath(), program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Absolute: the program may start in another folder. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
