package net.sojourn.stack.script;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One TCP segment of a script. A value: every method gives a changed copy. Sequence numbers are relative. In {@code
 * inject} what is not named is chosen: the next sequence number of the peer, an acknowledgement of all that was sent,
 * window 65,535, timestamps if the connection has them. In {@code expect} what is not named is not compared, except
 * flags (PSH aside) and the number of text octets.
 */
public final class Segment {

    static final long UNNAMED = Long.MIN_VALUE;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int URG = 0x20;
    static final int ECE = 0x40;
    static final int CWR = 0x80;

    /** Whether an option is demanded, forbidden, or neither. */
    enum Presence {
        UNNAMED,
        PRESENT,
        ABSENT
    }

    int flags;
    boolean pushNamed;
    long seq = UNNAMED;
    long ack = UNNAMED;
    int window = -1;
    int textBytes;
    byte[] text = {};
    int mss = -1;
    Presence mssPresence = Presence.UNNAMED;
    int windowScale = -1;
    Presence windowScalePresence = Presence.UNNAMED;
    Presence sackPermitted = Presence.UNNAMED;
    Presence sackPresence = Presence.UNNAMED;
    long[] sack = {};
    Presence timestamps = Presence.UNNAMED;
    long tsVal = UNNAMED;
    long tsEcr = UNNAMED;
    byte[] rawOptions = {};
    Presence fastOpen = Presence.UNNAMED;
    int urgentPointer = -1;
    boolean wrongChecksum;
    int dataOffsetWords = -1;
    int peerPort = -1;
    int localPort = -1;
    int tos = -1;
    int hopLimit = -1;
    byte[] ipv4Options = {};
    int extensionHeader = -1;
    byte[] extension = {};

    private Segment(int flags) {
        this.flags = flags;
    }

    private Segment(Segment from) {
        flags = from.flags;
        pushNamed = from.pushNamed;
        seq = from.seq;
        ack = from.ack;
        window = from.window;
        textBytes = from.textBytes;
        text = from.text;
        mss = from.mss;
        mssPresence = from.mssPresence;
        windowScale = from.windowScale;
        windowScalePresence = from.windowScalePresence;
        sackPermitted = from.sackPermitted;
        sackPresence = from.sackPresence;
        sack = from.sack;
        timestamps = from.timestamps;
        tsVal = from.tsVal;
        tsEcr = from.tsEcr;
        rawOptions = from.rawOptions;
        fastOpen = from.fastOpen;
        urgentPointer = from.urgentPointer;
        wrongChecksum = from.wrongChecksum;
        dataOffsetWords = from.dataOffsetWords;
        peerPort = from.peerPort;
        localPort = from.localPort;
        tos = from.tos;
        hopLimit = from.hopLimit;
        ipv4Options = from.ipv4Options;
        extensionHeader = from.extensionHeader;
        extension = from.extension;
    }

    // ---- the kinds

    public static Segment syn() {
        return new Segment(SYN);
    }

    public static Segment synAck() {
        return new Segment(SYN | ACK);
    }

    public static Segment ack() {
        return new Segment(ACK);
    }

    /** FIN and ACK, the only FIN there is in practice. */
    public static Segment fin() {
        return new Segment(FIN | ACK);
    }

    /** RST without ACK. */
    public static Segment rst() {
        return new Segment(RST);
    }

    public static Segment rstAck() {
        return new Segment(RST | ACK);
    }

    /** No flag at all. */
    public static Segment bare() {
        return new Segment(0);
    }

    /** {@code bytes} octets of the stream, right for their place in it. */
    public static Segment data(int bytes) {
        return new Segment(ACK).carrying(bytes);
    }

    /** These octets, whatever their place in the stream. */
    public static Segment data(String text) {
        Segment s = new Segment(ACK);
        s.text = text.getBytes(StandardCharsets.ISO_8859_1);
        s.textBytes = s.text.length;
        return s;
    }

    // ---- what they say

    public Segment seq(long relative) {
        Segment s = new Segment(this);
        s.seq = relative;
        return s;
    }

    /** Sets the ACK flag too. */
    public Segment ack(long relative) {
        Segment s = new Segment(this);
        s.ack = relative;
        s.flags |= ACK;
        return s;
    }

    /** The window field as it is on the wire, not scaled. */
    public Segment win(int field) {
        Segment s = new Segment(this);
        s.window = field;
        return s;
    }

    public Segment carrying(int bytes) {
        Segment s = new Segment(this);
        s.textBytes = bytes;
        return s;
    }

    public Segment withFin() {
        Segment s = new Segment(this);
        s.flags |= FIN;
        return s;
    }

    public Segment withSyn() {
        Segment s = new Segment(this);
        s.flags |= SYN;
        return s;
    }

    public Segment withRst() {
        Segment s = new Segment(this);
        s.flags |= RST;
        return s;
    }

    public Segment withoutAck() {
        Segment s = new Segment(this);
        s.flags &= ~ACK;
        return s;
    }

    public Segment push() {
        Segment s = new Segment(this);
        s.flags |= PSH;
        s.pushNamed = true;
        return s;
    }

    public Segment noPush() {
        Segment s = new Segment(this);
        s.pushNamed = true;
        return s;
    }

    /** The peer has seen a mark, or offers ECN (RFC 3168). */
    public Segment ece() {
        Segment s = new Segment(this);
        s.flags |= ECE;
        return s;
    }

    /** The congestion window was reduced, or ECN is offered. */
    public Segment cwr() {
        Segment s = new Segment(this);
        s.flags |= CWR;
        return s;
    }

    /** URG with this pointer. */
    public Segment urgent(int pointer) {
        Segment s = new Segment(this);
        s.flags |= URG;
        s.urgentPointer = pointer;
        return s;
    }

    // ---- options

    public Segment mss(int bytes) {
        Segment s = new Segment(this);
        s.mss = bytes;
        s.mssPresence = Presence.PRESENT;
        return s;
    }

    public Segment noMss() {
        Segment s = new Segment(this);
        s.mssPresence = Presence.ABSENT;
        return s;
    }

    public Segment wscale(int shift) {
        Segment s = new Segment(this);
        s.windowScale = shift;
        s.windowScalePresence = Presence.PRESENT;
        return s;
    }

    public Segment noWscale() {
        Segment s = new Segment(this);
        s.windowScalePresence = Presence.ABSENT;
        return s;
    }

    public Segment sackOk() {
        Segment s = new Segment(this);
        s.sackPermitted = Presence.PRESENT;
        return s;
    }

    public Segment noSackOk() {
        Segment s = new Segment(this);
        s.sackPermitted = Presence.ABSENT;
        return s;
    }

    /** Blocks as pairs of left and right edge, all of them, in this order. */
    public Segment sack(long... edges) {
        if ((edges.length & 1) != 0) {
            throw new IllegalArgumentException("a SACK block has two edges");
        }
        Segment s = new Segment(this);
        s.sack = edges.clone();
        s.sackPresence = edges.length == 0 ? Presence.ABSENT : Presence.PRESENT;
        return s;
    }

    public Segment noSack() {
        return sack();
    }

    /** A timestamp option, its values not compared, or chosen. */
    public Segment ts() {
        Segment s = new Segment(this);
        s.timestamps = Presence.PRESENT;
        return s;
    }

    public Segment tsVal(long value) {
        Segment s = ts();
        s.tsVal = value;
        return s;
    }

    public Segment tsEcr(long value) {
        Segment s = ts();
        s.tsEcr = value;
        return s;
    }

    public Segment noTs() {
        Segment s = new Segment(this);
        s.timestamps = Presence.ABSENT;
        return s;
    }

    /**
     * Octets put behind the other options as they are; padded to four with end-of-option-list. In {@code expect} one option,
     * which must be there.
     */
    public Segment rawOptions(int... octets) {
        Segment s = new Segment(this);
        s.rawOptions = octets(octets);
        return s;
    }

    /** No Fast Open option (RFC 7413). */
    public Segment noFastOpen() {
        Segment s = new Segment(this);
        s.fastOpen = Presence.ABSENT;
        return s;
    }

    // ---- what is wrong or unusual about them

    public Segment wrongChecksum() {
        Segment s = new Segment(this);
        s.wrongChecksum = true;
        return s;
    }

    /** The data offset field says so, whatever is true. */
    public Segment dataOffset(int words) {
        Segment s = new Segment(this);
        s.dataOffsetWords = words;
        return s;
    }

    /** Another port of the peer than the script's. */
    public Segment peerPort(int port) {
        Segment s = new Segment(this);
        s.peerPort = port;
        return s;
    }

    /** Another port of the machine than the script's. */
    public Segment localPort(int port) {
        Segment s = new Segment(this);
        s.localPort = port;
        return s;
    }

    /** The IPv4 TOS octet or IPv6 traffic class, ECN bits included. */
    public Segment tos(int value) {
        Segment s = new Segment(this);
        s.tos = value;
        return s;
    }

    public Segment hopLimit(int value) {
        Segment s = new Segment(this);
        s.hopLimit = value;
        return s;
    }

    /** IPv4 options, a multiple of four octets. */
    public Segment ipv4Options(int... octets) {
        Segment s = new Segment(this);
        s.ipv4Options = octets(octets);
        return s;
    }

    /** One IPv6 extension header of this type; the octets follow its next-header octet. */
    public Segment ipv6Extension(int type, int... octets) {
        Segment s = new Segment(this);
        s.extensionHeader = type;
        s.extension = octets(octets);
        return s;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Sequence space taken. */
    int length() {
        return textBytes + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }

    private static byte[] octets(int... values) {
        byte[] octets = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            octets[i] = (byte) values[i];
        }
        return octets;
    }

    /** As packetdrill would write it. */
    @Override
    public String toString() {
        StringBuilder t = new StringBuilder(flagsText(flags));
        t.append(seq == UNNAMED ? "" : " seq " + seq).append(ack == UNNAMED ? "" : " ack " + ack);
        t.append(textBytes == 0 ? "" : " (" + textBytes + " octets)");
        t.append(window < 0 ? "" : " win " + window).append(urgentPointer < 0 ? "" : " urg " + urgentPointer);
        t.append(presence(mssPresence, "mss", String.valueOf(mss)));
        t.append(presence(windowScalePresence, "wscale", String.valueOf(windowScale)));
        t.append(presence(sackPermitted, "sackOK", ""));
        t.append(presence(sackPresence, "sack", Arrays.toString(sack)));
        t.append(presence(timestamps, "TS", named(tsVal) + "/" + named(tsEcr)));
        t.append(rawOptions.length == 0 ? "" : " options " + Arrays.toString(rawOptions));
        t.append(peerPort < 0 ? "" : " peer port " + peerPort).append(localPort < 0 ? "" : " port " + localPort);
        t.append(wrongChecksum ? " wrong checksum" : "");
        t.append(dataOffsetWords < 0 ? "" : " data offset " + dataOffsetWords);
        return t.toString();
    }

    private static String named(long value) {
        return value == UNNAMED ? "*" : Long.toString(value);
    }

    private static String presence(Presence presence, String name, String value) {
        return switch (presence) {
            case UNNAMED -> "";
            case PRESENT -> (" " + name + " " + value).stripTrailing();
            case ABSENT -> " no " + name;
        };
    }

    static String flagsText(int flags) {
        StringBuilder t = new StringBuilder();
        String names = "FSRP.UEW";
        for (int bit = 0; bit < 8; bit++) {
            if ((flags & 1 << bit) != 0) {
                t.append(names.charAt(bit));
            }
        }
        return t.isEmpty() ? "-" : t.toString();
    }
}
