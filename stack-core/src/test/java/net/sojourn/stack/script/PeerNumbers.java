package net.sojourn.stack.script;

import static net.sojourn.stack.script.PacketBytes.put16;
import static net.sojourn.stack.script.PacketBytes.put32;

import java.io.ByteArrayOutputStream;
import net.sojourn.stack.script.Segment.Presence;

/** Relative numbers to wire numbers and back, and what is next on either side. Writes the peer's packets. */
final class PeerNumbers {

    private static final int TIMESTAMP_BASE = 1_000_000;

    private final ScriptSetup setup;
    private int peerIss;
    private int ourIss;
    private boolean ourIssKnown;
    private long peerNext;
    private long ourNext;
    private boolean timestampsOffered;
    private boolean timestampsAgreed;
    private int lastTsVal;

    PeerNumbers(ScriptSetup setup) {
        this.setup = setup;
        this.peerIss = setup.peerIss;
    }

    void forget(int newPeerIss) {
        peerIss = newPeerIss;
        ourIss = 0;
        ourIssKnown = false;
        peerNext = 0;
        ourNext = 0;
        timestampsOffered = false;
        timestampsAgreed = false;
    }

    int peerIss() {
        return peerIss;
    }

    int ourIss() {
        return ourIss;
    }

    int lastTsVal() {
        return lastTsVal;
    }

    /** The machine's segment as a relative sequence number. */
    long relativeSeq(SentPacket packet) {
        return ourIssKnown ? packet.seq() - ourIss : packet.seq();
    }

    /** 0 stays 0 where the ACK flag is off. */
    long relativeAck(SentPacket packet) {
        return (packet.flags() & Segment.ACK) == 0 ? packet.ack() : packet.ack() - peerIss;
    }

    void sent(SentPacket packet) {
        if ((packet.flags() & Segment.SYN) != 0 && !ourIssKnown) {
            ourIss = packet.seq();
            ourIssKnown = true;
        }
        ourNext = Math.max(ourNext, relativeSeq(packet) + packet.length());
        if (packet.hasOption(8)) {
            lastTsVal = PacketBytes.i32(packet.option(8), 0);
            offered();
        }
    }

    private void offered() {
        timestampsAgreed |= timestampsOffered;
    }

    /** Names what {@code segment} does not. */
    Segment complete(Segment segment, long nowMillis) {
        Segment s = segment.seq(segment.seq == Segment.UNNAMED ? peerNext : segment.seq);
        if (s.has(Segment.ACK) && s.ack == Segment.UNNAMED) {
            s = s.ack(ourNext);
        }
        s = s.window < 0 ? s.win(setup.window) : s;
        boolean automatic = timestampsAgreed && s.timestamps == Presence.UNNAMED && !s.has(Segment.RST);
        if (automatic || s.timestamps == Presence.PRESENT) {
            s = s.tsVal == Segment.UNNAMED ? s.tsVal(TIMESTAMP_BASE + nowMillis) : s;
            s = s.tsEcr == Segment.UNNAMED ? s.tsEcr(s.has(Segment.ACK) ? lastTsVal & 0xFFFF_FFFFL : 0) : s;
        }
        timestampsOffered |= s.has(Segment.SYN) && s.timestamps == Presence.PRESENT;
        timestampsAgreed |= s.has(Segment.SYN) && s.has(Segment.ACK) && timestampsOffered;
        peerNext = s.has(Segment.RST) ? peerNext : Math.max(peerNext, s.seq + s.length());
        return s;
    }

    byte[] encode(Segment s) {
        byte[] options = options(s);
        byte[] text = s.text.length > 0
                ? s.text
                : ScriptApplication.octets(s.seq - (s.has(Segment.SYN) ? 0 : 1), s.textBytes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        put16(out, s.peerPort < 0 ? Script.PEER_PORT : s.peerPort);
        put16(out, s.localPort < 0 ? Script.LOCAL_PORT : s.localPort);
        put32(out, peerIss + s.seq);
        put32(out, s.ack == Segment.UNNAMED ? 0 : ourIss + s.ack);
        out.write((s.dataOffsetWords < 0 ? 5 + options.length / 4 : s.dataOffsetWords) << 4);
        out.write(s.flags);
        put16(out, s.window);
        put16(out, 0);
        put16(out, Math.max(0, s.urgentPointer));
        out.writeBytes(options);
        out.writeBytes(text);
        byte[] segment = out.toByteArray();
        byte[] pseudo = PacketBytes.pseudoHeader(setup.peer, setup.local, PacketBytes.TCP, segment.length);
        int checksum = PacketBytes.checksum(pseudo, segment);
        PacketBytes.set16(segment, 16, s.wrongChecksum ? checksum ^ 0x0101 : checksum);
        return ip(s, segment);
    }

    private byte[] ip(Segment s, byte[] segment) {
        int tos = Math.max(0, s.tos);
        int hopLimit = s.hopLimit < 0 ? 64 : s.hopLimit;
        if (setup.local.isIpv4()) {
            return PacketBytes.ipv4(
                    setup.peer, setup.local, PacketBytes.TCP, tos, hopLimit, 0x4000, s.ipv4Options, segment);
        }
        if (s.extensionHeader < 0) {
            return PacketBytes.ipv6(setup.peer, setup.local, PacketBytes.TCP, tos, hopLimit, segment);
        }
        byte[] chain = PacketBytes.joined(new byte[] {PacketBytes.TCP}, s.extension);
        return PacketBytes.ipv6(
                setup.peer, setup.local, s.extensionHeader, tos, hopLimit, PacketBytes.joined(chain, segment));
    }

    private byte[] options(Segment s) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (s.mssPresence == Presence.PRESENT) {
            put16(out, 0x0204);
            put16(out, s.mss);
        }
        if (s.sackPermitted == Presence.PRESENT) {
            put16(out, 0x0402);
        }
        if (s.windowScalePresence == Presence.PRESENT) {
            put16(out, 0x0303);
            out.write(s.windowScale);
        }
        if (s.timestamps != Presence.ABSENT && s.tsVal != Segment.UNNAMED) {
            put16(out, 0x080A);
            put32(out, s.tsVal);
            put32(out, s.tsEcr);
        }
        if (s.sackPresence == Presence.PRESENT) {
            out.write(5);
            out.write(2 + 4 * s.sack.length);
            for (long edge : s.sack) {
                put32(out, ourIss + edge);
            }
        }
        out.writeBytes(s.rawOptions);
        while (out.size() % 4 != 0) {
            out.write(0);
        }
        return out.toByteArray();
    }
}
