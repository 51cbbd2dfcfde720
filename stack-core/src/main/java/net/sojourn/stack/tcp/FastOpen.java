package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpOption;
import net.sojourn.stack.wire.TcpView;
import org.jspecify.annotations.Nullable;

/**
 * TCP Fast Open (RFC 7413): text in a SYN, for who has a cookie.
 *
 * <p>Theory of operation. A cookie is the keyed hash of both addresses under a secret that changes every {@value
 * #SECRET_LIFE_SECONDS} s; the former secret still opens. Text in a SYN with a good cookie goes to the application at
 * once, which may answer before the handshake is complete: the connection stays in SYN-RECEIVED, its {@link Handshake}
 * says that it is {@code pending}, and its listener allows only so many of those. What goes out in that state waits for
 * the acknowledgement of our SYN before anything of it is sent again; until then only the SYN/ACK is.
 *
 * <p>As a client we remember for each server its cookie and its MSS. Text in our SYN does not count as sent before the
 * SYN/ACK says how much of it has arrived; the rest goes out as ever. A server that did not take the text, or a path on
 * which the SYN with text was lost, is not tried again for a while, twice as long each time. Loop thread only.
 */
final class FastOpen {

    private static final int COOKIE_BYTES = 8;
    private static final int LEAST_COOKIE_BYTES = 4;
    private static final int MOST_COOKIE_BYTES = 16;
    private static final int SECRET_LIFE_SECONDS = 3600;
    private static final int MOST_SERVERS = 1024;
    private static final int MOST_DOUBLINGS = 7;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long FIRST_PAUSE_NANOS = 60 * SECOND_NANOS;
    private static final byte[] NONE = {};

    /** What one connection has to do with it. */
    static final class Handshake {
        /** The cookie for our SYN/ACK. */
        byte[] grant = NONE;
        /** Octets of text in our first SYN. */
        int synTextBytes;
        /** Our first SYN had the option. */
        boolean asked;
        /** The application has the connection although our SYN is not acknowledged. */
        boolean pending;
        /** Text in a SYN was taken, by us or by the peer. */
        boolean textTaken;
    }

    /** What we know of a server. */
    private static final class Server {
        byte[] cookie = NONE;
        int mssBytes;
        int failures;
        long pauseEndsNanos = Long.MIN_VALUE;
    }

    private final StackSettings settings;
    private final RandomSource random;
    private final Counters counters;
    private final @Nullable SipHash[] secrets = new @Nullable SipHash[2];
    private long epoch = Long.MIN_VALUE;
    private final Map<IpAddress, Server> servers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Server> eldest) {
            return size() > MOST_SERVERS;
        }
    };

    FastOpen(StackSettings settings, RandomSource random, Counters counters) {
        this.settings = settings;
        this.random = random;
        this.counters = counters;
    }

    static boolean isPending(Tcb tcb) {
        return tcb.fastOpen != null && tcb.fastOpen.pending;
    }

    // ---- as a server

    /** RFC 7413 4.2.2: a SYN has made {@code tcb}, and our SYN/ACK is about to go out. */
    void synArrives(Tcb tcb, Listener listener, TcpView syn, long nowNanos) {
        byte[] option = syn.option(TcpOption.FAST_OPEN);
        if (listener.fastOpenPlaces() == 0 || option.length < TcpOption.FAST_OPEN_EMPTY_BYTES) {
            return;
        }
        turnSecrets(nowNanos);
        Handshake handshake = new Handshake();
        tcb.fastOpen = handshake;
        byte[] presented = Arrays.copyOfRange(option, 2, option.length);
        byte[] current = cookie(tcb.tuple(), epoch);
        boolean good = Arrays.equals(presented, current) || Arrays.equals(presented, cookie(tcb.tuple(), epoch - 1));
        if (!Arrays.equals(presented, current)) {
            handshake.grant = current;
        }
        if (!good) {
            counters.count(presented.length == 0 ? Counter.FAST_OPEN_COOKIES_GIVEN : Counter.FAST_OPENS_IN_REFUSED);
            return;
        }
        int textBytes = (int) Math.min(syn.payloadBytes(), tcb.rcvWnd());
        if (textBytes == 0 || syn.has(SegmentView.FIN) || tcb.tcp.memory.isExhausted()) {
            return;
        }
        if (!listener.fastOpenBegins(nowNanos)) {
            counters.count(Counter.FAST_OPEN_OVERFLOWS);
            return;
        }
        counters.count(Counter.FAST_OPENS_IN);
        handshake.pending = true;
        handshake.textTaken = true;
        tcb.receiveBuffer.append(syn.buffer(), syn.textIndex(), textBytes);
        tcb.rcvNxt += textBytes;
        tcb.lastAckSent = tcb.rcvNxt;
        Application application = tcb.tcp.listenInput.established(listener, tcb);
        tcb.attach(application);
        application.established();
        application.readable();
    }

    /** The handshake of a pending connection is complete, or the connection is gone. */
    static void ended(Tcb tcb) {
        if (tcb.listener != null && isPending(tcb)) {
            tcb.listener.fastOpenEnds();
            if (tcb.fastOpen != null) {
                tcb.fastOpen.pending = false;
            }
        }
    }

    /** RFC 7413 5.1: who resets what he began, perhaps from another's address, must not get the place back at once. */
    static void reset(Tcb tcb, long nowNanos) {
        if (tcb.listener != null && isPending(tcb)) {
            tcb.listener.fastOpenWasReset(nowNanos);
        }
    }

    private byte[] cookie(FourTuple tuple, long at) {
        SipHash secret = secrets[(int) (at & 1)];
        if (secret == null) {
            return NONE;
        }
        long hash = secret.of(new FourTuple(tuple.localAddress(), 0, tuple.peerAddress(), 0), TcpOption.FAST_OPEN);
        byte[] cookie = new byte[COOKIE_BYTES];
        for (int i = 0; i < COOKIE_BYTES; i++) {
            cookie[i] = (byte) (hash >>> 8 * i);
        }
        return cookie;
    }

    private void turnSecrets(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SECRET_LIFE_SECONDS * SECOND_NANOS);
        if (now == epoch) {
            return;
        }
        if (epoch == Long.MIN_VALUE || now != epoch + 1) {
            secrets[(int) (now + 1 & 1)] = new SipHash(random);
        }
        secrets[(int) (now & 1)] = new SipHash(random);
        epoch = now;
    }

    // ---- as a client

    /** How many octets options and text of our SYN may take together; 0 if it is to have no text. */
    int synTextRoom(Tcb tcb, int transmission, long nowNanos) {
        Server server = servers.get(tcb.tuple().peerAddress());
        if (!mayAsk(tcb, transmission, server, nowNanos) || server == null || server.cookie.length == 0) {
            return 0;
        }
        return Math.min(TcpOutput.announcedMss(tcb), server.mssBytes);
    }

    private boolean mayAsk(Tcb tcb, int transmission, @Nullable Server server, long nowNanos) {
        return settings.fastOpenConnect()
                && transmission == 0
                && tcb.sendBuffer.size() > 0
                && (server == null || nowNanos >= server.pauseEndsNanos);
    }

    /** Asks for a cookie, or presents one and sends text with it. @param synTextRoom what {@link #synTextRoom} said */
    void writeSyn(Tcb tcb, SynOptionWriter options, ByteBuf packet, int transmission, int synTextRoom, long nowNanos) {
        Server server = servers.get(tcb.tuple().peerAddress());
        if (!mayAsk(tcb, transmission, server, nowNanos)) {
            return;
        }
        byte[] cookie = server == null ? NONE : server.cookie;
        if (options.roomBytes() < TcpOption.FAST_OPEN_EMPTY_BYTES + cookie.length) {
            return;
        }
        Handshake handshake = new Handshake();
        handshake.asked = true;
        tcb.fastOpen = handshake;
        options.option(option(cookie));
        int optionBytes = SegmentWriter.padOptions(packet);
        int textBytes = (int) Math.min(synTextRoom - optionBytes, tcb.sendBuffer.size());
        if (cookie.length == 0 || textBytes <= 0) {
            return;
        }
        counters.count(Counter.FAST_OPENS_OUT);
        handshake.synTextBytes = textBytes;
    }

    /** In our SYN/ACK, if there is room. */
    static void writeSynAck(Tcb tcb, SynOptionWriter options) {
        byte[] grant = tcb.fastOpen == null ? NONE : tcb.fastOpen.grant;
        if (grant.length > 0 && options.roomBytes() >= TcpOption.FAST_OPEN_EMPTY_BYTES + grant.length) {
            options.option(option(grant));
        }
    }

    private static byte[] option(byte[] cookie) {
        byte[] option = new byte[TcpOption.FAST_OPEN_EMPTY_BYTES + cookie.length];
        option[0] = TcpOption.FAST_OPEN;
        option[1] = (byte) option.length;
        System.arraycopy(cookie, 0, option, TcpOption.FAST_OPEN_EMPTY_BYTES, cookie.length);
        return option;
    }

    /** Octets of text in our SYN, of which the SYN/ACK may acknowledge any part. */
    static int synTextBytes(Tcb tcb) {
        return tcb.fastOpen == null ? 0 : tcb.fastOpen.synTextBytes;
    }

    /** RFC 7413 4.1.3, 4.2.1. @param taken octets of our SYN's text that the server has acknowledged */
    void synAckArrives(Tcb tcb, TcpView synAck, int taken, long nowNanos) {
        Handshake handshake = tcb.fastOpen;
        if (handshake == null || !handshake.asked) {
            return;
        }
        Server server = servers.computeIfAbsent(tcb.tuple().peerAddress(), address -> new Server());
        server.mssBytes = tcb.options.peerMssBytes();
        byte[] option = synAck.option(TcpOption.FAST_OPEN);
        int cookieBytes = option.length - TcpOption.FAST_OPEN_EMPTY_BYTES;
        boolean given = cookieBytes >= LEAST_COOKIE_BYTES && cookieBytes <= MOST_COOKIE_BYTES && (cookieBytes & 1) == 0;
        if (given) {
            server.cookie = Arrays.copyOfRange(option, TcpOption.FAST_OPEN_EMPTY_BYTES, option.length);
        }
        if (taken > 0) {
            handshake.textTaken = true;
            server.failures = 0;
            return;
        }
        if (handshake.synTextBytes > 0) {
            counters.count(Counter.FAST_OPENS_OUT_FAILED);
        }
        if (!given) {
            // It knows no Fast Open or refused the text without another cookie, or the SYN with the option was lost.
            server.pauseEndsNanos = nowNanos + (FIRST_PAUSE_NANOS << Math.min(server.failures, MOST_DOUBLINGS));
            server.failures++;
        }
    }
}
