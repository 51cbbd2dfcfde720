package net.sojourn.stack.tcp;

import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.wire.TcpView;

/**
 * How large a packet the path takes: what routers say (RFC 1191, RFC 8201), and what becomes of packets where none says
 * anything (RFC 4821, RFC 8899). Full-sized segments that time out four times in a row mean a black hole: the segment size falls to one that every path takes, and rises again by probes, segments of real text that are a little
 * too large. A lost probe is no sign of congestion.
 */
final class PathMtuDiscovery {

    /** RFC 8899 5.1.2, BASE_PLPMTU; for IPv6 the least MTU is above it. */
    private static final int BASE_MTU_BYTES = 1200;

    private static final int LEAST_MTU_IPV4_BYTES = 576;
    private static final int LEAST_MTU_IPV6_BYTES = 1280;

    /** Sizes nearer than this are not worth a probe. */
    private static final int SEARCH_ACCURACY_BYTES = 8;

    /** RFC 8899 5.1.1, PMTU_RAISE_TIMER; RFC 1191 6.3: a path may have become wider after ten minutes. */
    private static final long RAISE_NANOS = 600_000_000_000L;

    /** RFC 4821 7.4: behind a probe, enough must follow for its loss to show without a time-out. */
    private static final int SEGMENTS_BEHIND_PROBE = 4;

    private static final int TIMEOUTS_OF_A_BLACK_HOLE = 4;
    private static final int TIMEOUTS_OF_A_NARROW_PATH = 8;

    private PathMtuDiscovery() {}

    private static int leastBytes(Path path) {
        return path.tuple().peerAddress().isIpv4() ? LEAST_MTU_IPV4_BYTES : LEAST_MTU_IPV6_BYTES;
    }

    /** Of a full-sized segment, which a peer's MSS option may keep below the path MTU. */
    private static int packetBytes(Tcb tcb, Path path) {
        return path.sndMssBytes
                + TcpOutput.optionBytesOf(tcb)
                + TcpView.MIN_HEADER_BYTES
                + IpOutput.headerBytes(path.tuple().peerAddress());
    }

    private static void become(Tcb tcb, Path path, int mtuBytes) {
        path.mtuBytes = mtuBytes;
        path.sndMssBytes = TcpOutput.sndMss(tcb, path);
        path.congestion.mssChanged(path.sndMssBytes);
    }

    /**
     * A router says that packets beyond {@code mtuBytes} do not pass. Never believed below the least MTU of the family.
     *
     * @return whether that is news
     */
    static boolean tooBig(Tcb tcb, Path path, int mtuBytes, long nowNanos) {
        if (mtuBytes >= path.mtuBytes) {
            return false;
        }
        become(tcb, path, Math.max(leastBytes(path), mtuBytes));
        path.mtuCeilingBytes = path.mtuBytes;
        path.mtuProbeEnd = -1;
        path.mtuRaiseNanos = nowNanos + RAISE_NANOS;
        return true;
    }

    /** The retransmission timer ran out {@code times} times in a row for what begins with {@code firstBytes} octets. */
    static void timedOut(Tcb tcb, int times, long firstBytes, long nowNanos) {
        Path path = tcb.path;
        if (path.mtuProbeEnd >= 0) {
            probeFailed(tcb, path);
        }
        int lower = times < TIMEOUTS_OF_A_NARROW_PATH ? Math.max(BASE_MTU_BYTES, leastBytes(path)) : leastBytes(path);
        if (!tcb.tcp.settings.pathMtuProbing()
                || (times != TIMEOUTS_OF_A_BLACK_HOLE && times != TIMEOUTS_OF_A_NARROW_PATH)
                || firstBytes < path.sndMssBytes
                || packetBytes(tcb, path) <= lower) {
            return;
        }
        tcb.tcp.counters.count(Counter.MTU_BLACK_HOLES);
        path.mtuCeilingBytes = Math.min(path.mtuCeilingBytes, path.mtuBytes - 1);
        path.mtuRaiseNanos = nowNanos + RAISE_NANOS;
        become(tcb, path, lower);
    }

    /**
     * Text octets of a probe that should go out next; 0 if none should.
     *
     * @param availableBytes new text that window and application allow
     * @param roomBytes what congestion control allows
     */
    static int probeTextBytes(Tcb tcb, long availableBytes, long roomBytes, long nowNanos) {
        Path path = tcb.path;
        if (path.mtuBytes >= tcb.tcp.ip.mtuBytes() || !tcb.tcp.settings.pathMtuProbing() || path.mtuProbeEnd >= 0) {
            return 0;
        }
        if (nowNanos - path.mtuRaiseNanos >= 0) {
            path.mtuCeilingBytes = tcb.tcp.ip.mtuBytes();
            path.mtuRaiseNanos = nowNanos + RAISE_NANOS;
        }
        int gap = path.mtuCeilingBytes - path.mtuBytes;
        if (gap < SEARCH_ACCURACY_BYTES || tcb.inRecovery || tcb.sndUna < tcb.recoveryPoint) {
            return 0;
        }
        int textBytes = path.sndMssBytes + (gap + 1) / 2;
        long behind = (long) SEGMENTS_BEHIND_PROBE * path.sndMssBytes;
        boolean peerTakes = textBytes + TcpOutput.optionBytesOf(tcb) <= tcb.options.peerMssBytes();
        return peerTakes && Math.min(availableBytes, roomBytes) >= textBytes + behind ? textBytes : 0;
    }

    /** The probe goes out as the octets up to {@code end}. */
    static void probeSent(Tcb tcb, long end, int textBytes) {
        tcb.tcp.counters.count(Counter.MTU_PROBES);
        tcb.path.mtuProbeEnd = end;
        tcb.path.mtuProbeBytes = tcb.path.mtuBytes + textBytes - tcb.path.sndMssBytes;
    }

    /** SND.UNA has moved. */
    static void acknowledged(Tcb tcb) {
        Path path = tcb.path;
        if (path.mtuProbeEnd >= 0 && tcb.sndUna >= path.mtuProbeEnd) {
            path.mtuProbeEnd = -1;
            become(tcb, path, Math.min(path.mtuProbeBytes, path.mtuCeilingBytes));
        }
    }

    /** Whether what seems lost is the probe and nothing else (RFC 4821 7.6.2): then the window stays. */
    static boolean onlyTheProbeIsLost(Tcb tcb) {
        Path path = tcb.path;
        if (path.mtuProbeEnd < 0) {
            return false;
        }
        int lost = tcb.sent.firstLost();
        boolean isProbe = lost >= 0
                && tcb.sent.endOf(lost) <= path.mtuProbeEnd
                && tcb.sent.startOf(lost) > path.mtuProbeEnd - path.mtuProbeBytes
                && tcb.sent.lostBytes() == tcb.sent.endOf(lost) - tcb.sent.startOf(lost);
        if (isProbe) {
            probeFailed(tcb, path);
        }
        return isProbe;
    }

    private static void probeFailed(Tcb tcb, Path path) {
        tcb.tcp.counters.count(Counter.MTU_PROBES_LOST);
        path.mtuCeilingBytes = path.mtuProbeBytes - 1;
        path.mtuProbeEnd = -1;
    }
}
