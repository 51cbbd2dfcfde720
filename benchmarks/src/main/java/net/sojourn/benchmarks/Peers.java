package net.sojourn.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.sojourn.testbed.peers.PeerBuild;
import net.sojourn.testbed.peers.PeerProgram;

/** The programs that a bench needs beside Sojourn's own: the driver, the TUN's ceiling, lwIP and gVisor's netstack. */
final class Peers {

    private static final String DRIVER = "driver";
    private static final String CEILING = "ceiling";

    private final Set<Contender> built = EnumSet.of(Contender.SOJOURN, Contender.KERNEL);
    private final List<String> failures = new ArrayList<>();

    private Peers() {}

    /**
     * Builds what the packages of this machine allow.
     *
     * @throws IOException if not even the driver can be built
     */
    static Peers build() throws IOException {
        Peers peers = new Peers();
        PeerBuild.c(Peers.class, "driver.c", DRIVER);
        PeerBuild.c(Peers.class, "ceiling.c", CEILING);
        peers.attempt(Contender.LWIP, PeerProgram.LWIP);
        peers.attempt(Contender.GVISOR, PeerProgram.GVISOR);
        return peers;
    }

    static String driver() {
        return PeerBuild.outputOf(DRIVER).toString();
    }

    static String ceiling() {
        return PeerBuild.outputOf(CEILING).toString();
    }

    /** Whether it can be measured on this machine. */
    boolean has(Contender contender) {
        return built.contains(contender);
    }

    /** Which could not be built, and why. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    private void attempt(Contender contender, PeerProgram program) {
        try {
            program.build();
            built.add(contender);
        } catch (IOException e) {
            failures.add(contender.title + " could not be built: " + e.getMessage());
        }
    }
}
