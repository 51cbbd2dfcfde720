package net.sojourn.stack.script;

import static net.sojourn.stack.script.PacketBytes.i32;

import java.util.Arrays;
import net.sojourn.stack.script.Segment.Presence;

/** Holds what a script demands against what the machine has sent. */
final class SegmentMatch {

    private SegmentMatch() {}

    /** In words; empty if there is none. */
    static String difference(Segment wanted, SentPacket packet, PeerNumbers numbers) {
        if (!packet.isTcp()) {
            return "not TCP but protocol " + packet.protocol;
        }
        int wantedFlags = wanted.pushNamed ? wanted.flags : wanted.flags & ~Segment.PSH;
        int flags = wanted.pushNamed ? packet.flags() : packet.flags() & ~Segment.PSH;
        if (flags != wantedFlags) {
            return "flags are " + Segment.flagsText(flags) + ", not " + Segment.flagsText(wantedFlags);
        }
        int localPort = wanted.localPort < 0 ? Script.LOCAL_PORT : wanted.localPort;
        int peerPort = wanted.peerPort < 0 ? Script.PEER_PORT : wanted.peerPort;
        String difference = unlike("port", localPort, packet.sourcePort())
                + unlike("peer's port", peerPort, packet.destinationPort())
                + unlike("seq", wanted.seq, numbers.relativeSeq(packet))
                + unlike("ack", wanted.ack, numbers.relativeAck(packet))
                + unlike("number of text octets", wanted.textBytes, packet.text().length)
                + unlike("win", wanted.window < 0 ? Segment.UNNAMED : wanted.window, packet.window())
                + unlike("hop limit", wanted.hopLimit < 0 ? Segment.UNNAMED : wanted.hopLimit, packet.hopLimit())
                + unlike("traffic class", wanted.tos < 0 ? Segment.UNNAMED : wanted.tos, packet.trafficClass());
        return difference.isEmpty() ? options(wanted, packet, numbers) + text(wanted, packet, numbers) : difference;
    }

    private static String text(Segment wanted, SentPacket packet, PeerNumbers numbers) {
        byte[] right = wanted.text.length > 0
                ? wanted.text
                : ScriptApplication.octets(
                        numbers.relativeSeq(packet) - (wanted.has(Segment.SYN) ? 0 : 1), wanted.textBytes);
        return Arrays.equals(right, packet.text()) ? "" : "the text octets are wrong ";
    }

    private static String options(Segment wanted, SentPacket packet, PeerNumbers numbers) {
        String difference = presence("MSS", wanted.mssPresence, packet.hasOption(2))
                + presence("window scale", wanted.windowScalePresence, packet.hasOption(3))
                + presence("SACK-permitted", wanted.sackPermitted, packet.hasOption(4))
                + presence("SACK", wanted.sackPresence, packet.hasOption(5))
                + presence("timestamps", wanted.timestamps, packet.hasOption(8))
                + presence("Fast Open", wanted.fastOpen, packet.hasOption(34))
                + rawOption(wanted.rawOptions, packet);
        if (!difference.isEmpty()) {
            return difference;
        }
        String values = "";
        if (wanted.mssPresence == Presence.PRESENT) {
            values += unlike("mss", wanted.mss, PacketBytes.u16(packet.option(2), 0));
        }
        if (wanted.windowScalePresence == Presence.PRESENT && wanted.windowScale >= 0) {
            values += unlike("wscale", wanted.windowScale, PacketBytes.u8(packet.option(3), 0));
        }
        if (wanted.timestamps == Presence.PRESENT) {
            values += unlike("TSval", wanted.tsVal, i32(packet.option(8), 0) & 0xFFFF_FFFFL);
            values += unlike("TSecr", wanted.tsEcr, i32(packet.option(8), 4) & 0xFFFF_FFFFL);
        }
        if (wanted.sackPresence == Presence.PRESENT) {
            long[] edges = new long[packet.option(5).length / 4];
            for (int i = 0; i < edges.length; i++) {
                edges[i] = i32(packet.option(5), 4 * i) - numbers.peerIss();
            }
            values += Arrays.equals(edges, wanted.sack)
                    ? ""
                    : "sack is " + Arrays.toString(edges) + ", not " + Arrays.toString(wanted.sack) + ' ';
        }
        return values;
    }

    private static String rawOption(byte[] wanted, SentPacket packet) {
        if (wanted.length == 0) {
            return "";
        }
        byte[] content = Arrays.copyOfRange(wanted, 2, wanted.length);
        boolean there = packet.hasOption(wanted[0]) && Arrays.equals(packet.option(wanted[0]), content);
        return there ? "" : "no option " + Arrays.toString(wanted) + ' ';
    }

    private static String presence(String name, Presence wanted, boolean there) {
        return switch (wanted) {
            case UNNAMED -> "";
            case PRESENT -> there ? "" : "no " + name + " option ";
            case ABSENT -> there ? "there is a " + name + " option " : "";
        };
    }

    private static String unlike(String name, long wanted, long found) {
        return wanted == Segment.UNNAMED || wanted == found ? "" : name + " is " + found + ", not " + wanted + ' ';
    }
}
