package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.SegmentView;

/**
 * What both SYNs agreed (RFC 7323, RFC 2018, RFC 6691): made in one place when the peer's SYN arrives.
 *
 * @param peerMssBytes what the peer's MSS option said, or the default of RFC 9293 3.7.1
 * @param timestamps in every segment from now on
 * @param sndWndScale shift of the windows the peer sends; -1 if not agreed
 * @param rcvWndScale shift of the windows we send; -1 if not agreed
 * @param ecn explicit congestion notification (RFC 3168 6.1.1)
 */
record SynOptions(
        int peerMssBytes, boolean timestamps, boolean sackPermitted, int sndWndScale, int rcvWndScale, boolean ecn) {

    private static final int DEFAULT_MSS_IPV4 = 536;
    private static final int DEFAULT_MSS_IPV6 = 1220;
    static final int LEAST_MSS = 48;

    static SynOptions none(boolean ipv4) {
        return new SynOptions(ipv4 ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6, false, false, -1, -1, false);
    }

    /** What we offered, met with what the peer's SYN or SYN/ACK holds. */
    static SynOptions agree(Tcb tcb, SegmentView peer) {
        var settings = tcb.tcp.settings;
        boolean scaling = settings.windowScaling() && peer.windowScaleOption() >= 0;
        return new SynOptions(
                peerMss(tcb.path.tuple(), peer),
                settings.timestamps() && peer.hasTimestamps(),
                settings.sack() && peer.sackPermittedOption(),
                scaling ? peer.windowScaleOption() : -1,
                scaling ? windowScaleFor(largestReceiveBuffer(tcb)) : -1,
                Ecn.agreed(tcb, peer));
    }

    /** A buffer that is small now may be made larger, up to the stack's. */
    static int largestReceiveBuffer(Tcb tcb) {
        return Math.max(tcb.tcp.settings.receiveBufferBytes(), tcb.receiveBufferBytes);
    }

    /** RFC 9293 3.7.1, with a floor under what a hostile peer may ask for. */
    static int peerMss(FourTuple tuple, SegmentView peer) {
        int unsaid = tuple.peerAddress().isIpv4() ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
        return Math.max(LEAST_MSS, peer.mssOption() <= 0 ? unsaid : peer.mssOption());
    }

    /** The least shift with which a window of {@code bytes}, or one unit less, fits 16 bits (RFC 7323 2.3). */
    static int windowScaleFor(int bytes) {
        int shift = 0;
        while (shift < 14 && 65_536L << shift < bytes) {
            shift++;
        }
        return shift;
    }
}
