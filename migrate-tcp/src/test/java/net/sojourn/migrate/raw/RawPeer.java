package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.IpAddress;

/** The other end of the connection: keeps its own numbers and builds every octet itself. */
final class RawPeer {

    static final BigInteger X_I = new BigInteger("000102030405060708090a0b0c0d0e0f1011121314151617", 16);
    static final BigInteger X_J = new BigInteger("17161514131211100f0e0d0c0b0a09080706050403020100", 16);
    static final byte[] NOTHING = new byte[0];

    private final Bench bench;
    private final Profile profile;
    private final BigInteger secret;
    private final byte[] key;
    private final boolean initiator;

    IpAddress address;
    int port;
    IpAddress machineAddress;
    int machinePort;
    int iss = 0x01020304;
    int irs;
    int sndNxt;
    int rcvNxt;
    private byte[] k = new byte[25];
    private int tsBase;
    private final long tsBaseNanos;
    int tsRecent;
    private int lastTsVal;
    int reqNo;
    /** Of its segments but SYNs, which are never scaled. */
    int windowField = 1_000;

    private RawPeer(Bench bench, Profile profile, boolean initiator, IpAddress machineAddress) {
        this.bench = bench;
        this.profile = profile;
        this.initiator = initiator;
        this.machineAddress = machineAddress;
        address = machineAddress.isIpv4() ? IpAddress.parse("192.0.2.7") : IpAddress.parse("2001:db8:7::7");
        secret = initiator ? X_I : X_J;
        key = RawCurve.publicKey(secret);
        tsBase = ByteBuffer.wrap(key).getInt(17);
        tsBaseNanos = bench.nowNanos();
    }

    /** Opens a connection to the machine, which listens. */
    static RawPeer connected(Bench bench, Profile profile, IpAddress machineAddress) {
        bench.listen();
        RawPeer peer = offering(bench, profile, machineAddress);
        bench.arrives(peer.offer());
        peer.answerArrives(bench.next());
        bench.assertSilent();
        peer.send(RawSegment.ACK, NOTHING);
        bench.assertSilent();
        return peer;
    }

    /** Has done nothing yet; would open a connection to the machine. */
    static RawPeer offering(Bench bench, Profile profile, IpAddress machineAddress) {
        RawPeer peer = new RawPeer(bench, profile, true, machineAddress);
        peer.port = 33_333;
        peer.machinePort = Bench.PORT;
        return peer;
    }

    /** Goes on from {@code clock} after its SYN, not from its key. */
    static RawPeer withOwnClock(
            boolean machineListens, Bench bench, Profile profile, IpAddress machineAddress, int clock) {
        if (!machineListens) {
            RawPeer peer = accepted(bench, profile, machineAddress);
            peer.setClock(clock);
            return peer;
        }
        bench.listen();
        RawPeer peer = offering(bench, profile, machineAddress);
        bench.arrives(peer.offer());
        peer.answerArrives(bench.next());
        peer.setClock(clock);
        peer.send(RawSegment.ACK, NOTHING);
        return peer;
    }

    /** Has the machine open a connection. */
    static RawPeer accepted(Bench bench, Profile profile, IpAddress machineAddress) {
        RawPeer peer = new RawPeer(bench, profile, false, machineAddress);
        peer.port = Bench.PORT;
        peer.machinePort = 44_444;
        bench.connect(machineAddress, 44_444, peer.address);
        peer.answerArrives(bench.next());
        bench.arrives(peer.offer());
        RawSegment third = bench.next();
        assertEquals(RawSegment.ACK, third.flags());
        assertEquals(peer.sndNxt, third.ack());
        assertEquals(ByteBuffer.wrap(peer.key).getInt(17), third.tsEcr(), "1.3: the SYN/ACK's TSval comes back");
        peer.tsRecent = third.tsVal();
        return peer;
    }

    static RawPeer inEitherRole(boolean machineListens, Bench bench, Profile profile, IpAddress machineAddress) {
        return machineListens ? connected(bench, profile, machineAddress) : accepted(bench, profile, machineAddress);
    }

    /** Our SYN or SYN/ACK with all four ordinary options and Migrate-Permitted: 40 octets, or 39 and one of padding. */
    RawSegment offer() {
        sndNxt = iss + 1;
        byte[] options = options(
                mss(1_460),
                new byte[] {4, 2},
                timestamps(ByteBuffer.wrap(key).getInt(17), ByteBuffer.wrap(key).getInt(21)),
                new byte[] {3, 3, 7},
                permitted());
        return segment(
                iss, initiator ? 0 : rcvNxt, initiator ? RawSegment.SYN : RawSegment.SYN | RawSegment.ACK, options);
    }

    byte[] permitted() {
        ByteBuffer option = ByteBuffer.allocate(profile == Profile.EXID ? 21 : 20);
        option.put(profile == Profile.EXID ? new byte[] {(byte) 253, 21, 0x4D, 0x50} : new byte[] {15, 20, 1});
        return option.put(key, 0, 17).array();
    }

    /** The machine's SYN or SYN/ACK: checked to the octet. */
    void answerArrives(RawSegment syn) {
        assertEquals(initiator ? RawSegment.SYN | RawSegment.ACK : RawSegment.SYN, syn.flags());
        assertEquals(initiator ? iss + 1 : 0, syn.ack());
        assertEquals(40, syn.options().length);
        assertEquals(4, syn.option(2).length);
        assertEquals(2, syn.option(4).length);
        assertEquals(3, syn.option(3).length);
        byte[] permitted = syn.option(profile == Profile.EXID ? 253 : 15);
        assertEquals(profile == Profile.EXID ? 21 : 20, permitted.length);
        byte[] head = profile == Profile.EXID ? new byte[] {(byte) 253, 21, 0x4D, 0x50} : new byte[] {15, 20, 1};
        assertArrayEquals(head, Arrays.copyOf(permitted, head.length));
        assertTrue(syn.hasTimestamps());
        ByteBuffer theirs = ByteBuffer.allocate(25);
        theirs.put(permitted, head.length, 17).putInt(syn.tsVal()).putInt(syn.tsEcr());
        k = RawCurve.agree(secret, theirs.array());
        irs = syn.seq();
        rcvNxt = irs + 1;
        tsRecent = syn.tsVal();
    }

    /** The variant without keys: K is 25 zero octets. */
    void useZeroKey() {
        k = new byte[25];
    }

    // ---- what every segment has

    int tsNow() {
        return tsBase + (int) ((bench.nowNanos() - tsBaseNanos) / Bench.MILLI);
    }

    /** Its clock shows something else from now on. */
    void setClock(int value) {
        tsBase += value - tsNow();
    }

    RawSegment segment(int seq, int ack, int flags, byte[] options, byte... text) {
        int window = (flags & RawSegment.SYN) != 0 ? 65_535 : windowField;
        return new RawSegment(address, port, machineAddress, machinePort, seq, ack, flags, window, options, text);
    }

    byte[] ordinaryOptions() {
        lastTsVal = tsNow();
        return options(new byte[] {1, 1}, timestamps(lastTsVal, tsRecent));
    }

    /** A segment of the stream at our place in it. */
    void send(int flags, byte[] text) {
        bench.arrives(segment(sndNxt, rcvNxt, flags, ordinaryOptions(), text));
        sndNxt += text.length + (flags & RawSegment.FIN);
    }

    void sendText(String text) {
        send(RawSegment.ACK | RawSegment.PSH, text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** A segment of the stream from the machine, the next in order, from where the machine should be. */
    RawSegment receive(RawSegment segment) {
        assertEquals(machineAddress, segment.source(), segment.toString());
        assertEquals(address, segment.destination(), segment.toString());
        assertEquals(machinePort, segment.sourcePort());
        assertEquals(port, segment.destinationPort());
        assertEquals(rcvNxt, segment.seq(), segment.toString());
        assertTrue(segment.tsVal() - tsRecent >= 0, "the machine's clock goes on: " + segment);
        tsRecent = segment.tsVal();
        rcvNxt += segment.text().length + (segment.has(RawSegment.FIN) ? 1 : 0);
        return segment;
    }

    /** The machine acknowledges all that we have sent, and sends nothing else. */
    void expectAck() {
        RawSegment ack = receive(bench.next());
        assertEquals(RawSegment.ACK, ack.flags());
        assertEquals(sndNxt, ack.ack());
        assertEquals(lastTsVal, ack.tsEcr());
        bench.assertSilent();
    }

    /** Text in both directions arrives, each acknowledged. */
    void assertStreamGoesOn(String text) {
        byte[] octets = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        sendText(text);
        bench.pass(Bench.SECOND / 2);
        expectAck();
        assertArrayEquals(octets, bench.read());
        bench.write(octets);
        assertArrayEquals(octets, receive(bench.next()).text());
        send(RawSegment.ACK, NOTHING);
        bench.assertSilent();
    }

    // ---- Migrate

    byte[] token() {
        return sha1First8(NOTHING);
    }

    byte[] request(int s, int number) {
        return sha1First8(ByteBuffer.allocate(5).putInt(s).put((byte) number).array());
    }

    private byte[] sha1First8(byte[] more) {
        ByteBuffer input = ByteBuffer.allocate(33 + more.length);
        input.putInt(initiator ? iss : irs).putInt(initiator ? irs : iss).put(k).put(more);
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-1").digest(input.array()), 8);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    int migrateKind() {
        return profile == Profile.EXID ? 253 : 16;
    }

    byte[] migrateHead() {
        return profile == Profile.EXID ? new byte[] {(byte) 253, 21, 0x4D, 0x52} : new byte[] {16, 19};
    }

    byte[] migrate(int number, byte[] token, byte[] request) {
        ByteArrayOutputStream option = new ByteArrayOutputStream();
        option.writeBytes(migrateHead());
        option.write(number);
        option.writeBytes(token);
        option.writeBytes(request);
        return option.toByteArray();
    }

    /** As the draft has it: no option but Migrate. */
    RawSegment migrateSyn(int s, int number) {
        return segment(s, 0, RawSegment.SYN, options(migrate(number, token(), request(s, number))));
    }

    /** With the ordinary options repeated, for firewalls. */
    RawSegment migrateSynWithOptions(int s, int number, int mss) {
        return segment(
                s,
                0,
                RawSegment.SYN,
                options(
                        mss(mss),
                        new byte[] {4, 2},
                        timestamps(tsNow(), 0),
                        new byte[] {3, 3, 7},
                        migrate(number, token(), request(s, number))));
    }

    /** Moves to another place and completes the exchange. */
    void moveTo(String to, int newPort) {
        moveAway(to, newPort);
        bench.arrives(migrateSynWithOptions(sndNxt - 1, ++reqNo, 1_460));
        RawSegment synAck = bench.next();
        assertAnswers(synAck);
        bench.assertSilent();
        send(RawSegment.ACK, NOTHING);
        // The machine says at once what its window is.
        expectAck();
    }

    /** Its address changes, without a word. */
    void moveAway(String to, int newPort) {
        address = IpAddress.parse(to);
        port = newPort;
    }

    /** The SYN/ACK of a move takes no sequence number and acknowledges text only. */
    void assertAnswers(RawSegment synAck) {
        assertEquals(RawSegment.SYN | RawSegment.ACK, synAck.flags(), synAck.toString());
        assertEquals(address, synAck.destination());
        assertEquals(port, synAck.destinationPort());
        assertEquals(machineAddress, synAck.source());
        assertEquals(machinePort, synAck.sourcePort());
        assertEquals(sndNxt, synAck.ack());
        assertEquals(rcvNxt - 1, synAck.seq());
        assertEquals(0, synAck.text().length);
    }

    /** The machine's Migrate SYN from {@code from}: checked, and followed. */
    RawSegment migrateSynArrives(RawSegment syn, String from, int number) {
        assertEquals(IpAddress.parse(from), syn.source());
        assertEquals(address, syn.destination());
        assertEquals(port, syn.destinationPort());
        assertEquals(RawSegment.SYN, syn.flags());
        assertEquals(0, syn.ack());
        assertEquals(0, syn.text().length);
        assertArrayEquals(
                migrate(number, token(), request(syn.seq(), number)),
                syn.option(migrateKind()),
                "token and request of number " + number);
        machineAddress = syn.source();
        machinePort = syn.sourcePort();
        return syn;
    }

    /** Our SYN/ACK to a move of the machine, as the draft has it. */
    RawSegment migrateSynAck() {
        return segment(sndNxt - 1, rcvNxt, RawSegment.SYN | RawSegment.ACK, NOTHING);
    }

    // ---- options

    static byte[] mss(int value) {
        return ByteBuffer.allocate(4)
                .put((byte) 2)
                .put((byte) 4)
                .putShort((short) value)
                .array();
    }

    static byte[] timestamps(int tsVal, int tsEcr) {
        return ByteBuffer.allocate(10)
                .put((byte) 8)
                .put((byte) 10)
                .putInt(tsVal)
                .putInt(tsEcr)
                .array();
    }

    static byte[] options(byte[]... all) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] option : all) {
            out.writeBytes(option);
        }
        while (out.size() % 4 != 0) {
            out.write(1);
        }
        return out.toByteArray();
    }
}
