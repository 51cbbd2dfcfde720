package net.sojourn.stack.demux;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;

/** An entry of the {@link ConnectionTable}: whatever the segments of one 4-tuple go to. */
public abstract class Flow {

    private final FourTuple tuple;
    final int hash;

    protected Flow(FourTuple tuple) {
        this.tuple = tuple;
        IpAddress local = tuple.localAddress();
        IpAddress peer = tuple.peerAddress();
        this.hash = hash(local.hi(), local.lo(), tuple.localPort(), peer.hi(), peer.lo(), tuple.peerPort());
    }

    public final FourTuple tuple() {
        return tuple;
    }

    final boolean matches(long localHi, long localLo, int localPort, long peerHi, long peerLo, int peerPort) {
        return tuple.localPort() == localPort
                && tuple.peerPort() == peerPort
                && tuple.peerAddress().lo() == peerLo
                && tuple.peerAddress().hi() == peerHi
                && tuple.localAddress().lo() == localLo
                && tuple.localAddress().hi() == localHi;
    }

    static int hash(long localHi, long localLo, int localPort, long peerHi, long peerLo, int peerPort) {
        long h = localHi * 31 + localLo;
        h = (h ^ peerHi * 0x9E37_79B9_7F4A_7C15L) * 31 + peerLo;
        h = (h ^ ((long) localPort << 16 | peerPort)) * 0xC2B2_AE3D_27D4_EB4FL;
        return (int) (h ^ h >>> 32);
    }
}
