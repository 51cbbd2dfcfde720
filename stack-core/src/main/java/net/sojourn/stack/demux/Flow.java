package net.sojourn.stack.demux;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;

/** An entry of the {@link ConnectionTable}: whatever the segments of one 4-tuple go to. */
public abstract class Flow {

    private final FourTuple tuple;
    final int hash;
    // The 4-tuple once more: among very many connections each object that a look-up touches comes from memory.
    private final int ports;
    private final long localHi;
    private final long localLo;
    private final long peerHi;
    private final long peerLo;

    protected Flow(FourTuple tuple) {
        this.tuple = tuple;
        IpAddress local = tuple.localAddress();
        IpAddress peer = tuple.peerAddress();
        this.localHi = local.hi();
        this.localLo = local.lo();
        this.peerHi = peer.hi();
        this.peerLo = peer.lo();
        this.ports = ports(tuple.localPort(), tuple.peerPort());
        this.hash = hash(localHi, localLo, tuple.localPort(), peerHi, peerLo, tuple.peerPort());
    }

    public final FourTuple tuple() {
        return tuple;
    }

    final boolean matches(long localHi, long localLo, int localPort, long peerHi, long peerLo, int peerPort) {
        return ports == ports(localPort, peerPort)
                && this.peerLo == peerLo
                && this.peerHi == peerHi
                && this.localLo == localLo
                && this.localHi == localHi;
    }

    private static int ports(int localPort, int peerPort) {
        return localPort << 16 | peerPort;
    }

    static int hash(long localHi, long localLo, int localPort, long peerHi, long peerLo, int peerPort) {
        long h = localHi * 31 + localLo;
        h = (h ^ peerHi * 0x9E37_79B9_7F4A_7C15L) * 31 + peerLo;
        h = (h ^ ((long) localPort << 16 | peerPort)) * 0xC2B2_AE3D_27D4_EB4FL;
        return (int) (h ^ h >>> 32);
    }
}
