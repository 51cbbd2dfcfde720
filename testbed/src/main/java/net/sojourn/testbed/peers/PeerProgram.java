package net.sojourn.testbed.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import net.sojourn.stack.IpAddress;

/**
 * A TCP stack of user space behind a TUN device, with the services of {@link Service}. Its program makes the device where it
 * is started; whoever starts it gives the device its addresses and routes.
 */
public enum PeerProgram {
    /** As the Debian package is compiled: small windows, no SACK, no timestamps; no virtio-net header. */
    LWIP("lwIP"),
    /** With a link of our own that gives it the virtio-net header. */
    GVISOR("gVisor netstack"),
    /** With its own link, which knows no such header. */
    GVISOR_PLAIN("gVisor netstack without offload");

    /** What the program prints when its services can be reached. */
    public static final String READY = "ready";

    /** In words. */
    public final String title;

    PeerProgram(String title) {
        this.title = title;
    }

    /** What each program offers, by its port. */
    public enum Service {
        /** Returns what it gets, and closes after its client has. */
        ECHO(7),
        /** Reads to the end of the stream, then closes. */
        DISCARD(9),
        /** Accepts and does nothing. */
        HOLD(11),
        /** As {@link #DISCARD}, with little memory. */
        ACCEPT(13),
        /** Sends zeros for ever. */
        SOURCE(19),
        /** Reads two octets, a port, and opens a connection to that port of its client, which it then echoes. */
        DIAL(21);

        /** Where it is reached. */
        public final int port;

        Service(int port) {
            this.port = port;
        }
    }

    /**
     * Builds it, or finds it built.
     *
     * @return the program
     * @throws IOException with the compiler's words and the packages that are needed
     */
    public Path build() throws IOException {
        return this == LWIP ? PeerBuild.lwip() : PeerBuild.gvisor();
    }

    /** The command that runs it as {@code address} behind a new TUN device. */
    public List<String> command(String device, IpAddress address, int mtuBytes) {
        String program = PeerBuild.outputOf(this == LWIP ? PeerBuild.LWIP : PeerBuild.GVISOR)
                .toString();
        List<String> common = List.of(program, device, address.toString(), "" + mtuBytes);
        return this == LWIP
                ? common
                : List.of(common.get(0), common.get(1), common.get(2), common.get(3), "" + (this == GVISOR));
    }
}
