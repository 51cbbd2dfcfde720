package net.sojourn.daemon.restart;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.sojourn.tun.syscall.Libc;

/** Descriptors that the program before this one, in the same process, has left open for it. */
final class Inherited {

    /** Names them, by commas. */
    static final String VARIABLE = "SOJOURN_KEPT_DESCRIPTORS";

    private Inherited() {}

    /** Empty if there was no program before. */
    static Set<Integer> descriptors() {
        Set<Integer> descriptors = new TreeSet<>();
        for (String number : String.valueOf(System.getenv(VARIABLE)).split(",", -1)) {
            if (number.matches("[0-9]{1,7}")) {
                descriptors.add(Integer.parseInt(number));
            }
        }
        return descriptors;
    }

    static String text(Collection<Integer> descriptors) {
        return descriptors.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Nobody goes on with it. */
    static void close(int descriptor) {
        Libc.C.close(descriptor);
    }
}
