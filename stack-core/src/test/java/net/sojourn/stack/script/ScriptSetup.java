package net.sojourn.stack.script;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;

import java.util.function.UnaryOperator;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;

/**
 * What the peer of a script offers and how the machine is set, and then a script in the wanted state. By default the
 * peer's SYN has an MSS of 1460, a window of 65,535 and nothing else, and never scales.
 */
public final class ScriptSetup {

    int mss = 1460;
    int window = 65_535;
    int windowScale = -1;
    boolean sack;
    boolean timestamps;
    int mtuBytes = 1500;
    int peerIss = 0xFFFF_FF00;
    boolean noDelay;
    int backlog = 4;
    IpAddress local = IpAddress.parse("10.0.0.1");
    IpAddress peer = IpAddress.parse("10.0.0.2");
    StackSettings settings = StackSettings.defaults();

    ScriptSetup() {}

    /** 0 sends no MSS option. */
    public ScriptSetup mss(int bytes) {
        mss = bytes;
        return this;
    }

    /** The window field of the peer's segments, where they do not name another. */
    public ScriptSetup window(int field) {
        window = field;
        return this;
    }

    public ScriptSetup wscale(int shift) {
        windowScale = shift;
        return this;
    }

    public ScriptSetup sack() {
        sack = true;
        return this;
    }

    public ScriptSetup timestamps() {
        timestamps = true;
        return this;
    }

    public ScriptSetup mtu(int bytes) {
        mtuBytes = bytes;
        return this;
    }

    /** Nagle's algorithm is off. */
    public ScriptSetup noDelay() {
        noDelay = true;
        return this;
    }

    /** Established connections that may wait for the listener; 0 makes one that never has room. */
    public ScriptSetup backlog(int connections) {
        backlog = connections;
        return this;
    }

    public ScriptSetup ipv6() {
        local = IpAddress.parse("2001:db8::1");
        peer = IpAddress.parse("2001:db8::2");
        return this;
    }

    /** Another IPv4 address of the peer's. */
    public ScriptSetup peer(String address) {
        peer = IpAddress.parse(address);
        return this;
    }

    public ScriptSetup settings(UnaryOperator<StackSettings.Builder> change) {
        settings = change.apply(settings.toBuilder()).build();
        return this;
    }

    // ---- a script in each state of RFC 9293 3.3.2, by the ordinary way there

    /** Nothing listens and nothing is open. */
    public Script closed() {
        return new Script(this);
    }

    public Script listen() {
        return closed().listens();
    }

    /** Our SYN is out. */
    public Script synSent() {
        Script s = closed();
        s.connect();
        s.expect(syn().seq(0));
        return s;
    }

    /** By a passive open: the peer's SYN is in, our SYN/ACK out. */
    public Script synReceived() {
        Script s = listen();
        s.inject(offer(syn()).seq(0));
        s.expect(synAck().seq(0).ack(1));
        return s;
    }

    /** By a passive open; both sides are at 1. */
    public Script established() {
        Script s = synReceived();
        s.inject(ack().seq(1).ack(1)).expectNothing();
        return ready(s);
    }

    /** By an active open; both sides are at 1. */
    public Script connected() {
        Script s = synSent();
        s.inject(offer(synAck()).seq(0).ack(1));
        s.expect(ack().seq(1).ack(1));
        return ready(s);
    }

    private Script ready(Script s) {
        if (noDelay) {
            s.noDelay();
        }
        return s;
    }

    /** Our FIN is out at 1. */
    public Script finWait1() {
        Script s = established();
        s.shutdown().expect(fin().seq(1).ack(1));
        return s;
    }

    /** Our FIN was acknowledged. */
    public Script finWait2() {
        Script s = finWait1();
        s.inject(ack().seq(1).ack(2)).expectNothing();
        return s;
    }

    /** The peer's FIN came at 1. */
    public Script closeWait() {
        Script s = established();
        s.inject(fin().seq(1).ack(1)).expectBetween(1, 500, ack().seq(1).ack(2));
        return s;
    }

    /** Both FINs crossed: ours at 1, not acknowledged; the peer's at 1, acknowledged. */
    public Script closing() {
        Script s = finWait1();
        s.inject(fin().seq(1).ack(1)).expect(ack().seq(2).ack(2));
        return s;
    }

    /** The peer's FIN at 1, then ours at 1. */
    public Script lastAck() {
        Script s = closeWait();
        s.shutdown().expect(fin().seq(1).ack(2));
        return s;
    }

    /** Ours was first. */
    public Script timeWait() {
        Script s = finWait2();
        s.inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
        return s;
    }

    /** The options of the peer's SYN or SYN/ACK. */
    public Segment offer(Segment syn) {
        Segment s = syn.win(window);
        s = mss > 0 ? s.mss(mss) : s;
        s = windowScale >= 0 ? s.wscale(windowScale) : s;
        s = sack ? s.sackOk() : s;
        return timestamps ? s.ts() : s;
    }
}
