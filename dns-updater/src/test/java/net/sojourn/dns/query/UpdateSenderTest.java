package net.sojourn.dns.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.key.TsigKey;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt.Acknowledged;
import net.sojourn.dns.query.Attempt.Denied;
import net.sojourn.dns.query.Attempt.Failed;
import net.sojourn.dns.query.Attempt.GuardFailed;
import net.sojourn.dns.query.Attempt.Misdirected;
import net.sojourn.dns.transport.Target;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** Which answers are believed. */
final class UpdateSenderTest {

    /** dnsjava signs only when it is told a size. */
    private static final int MAX_BYTES = 65_535;

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final TsigKey KEY =
            TsigKey.of("laptop-key", "hmac-sha256", "0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    private static final Target SERVER = Target.udp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53));
    private static final UpdateRequest REQUEST = new UpdateRequest(
            Name.fromConstantString("mob.test."),
            Name.fromConstantString("laptop.mob.test."),
            Set.of(InetAddress.getLoopbackAddress()),
            0,
            Set.of(Type.A),
            Name.fromConstantString("_mm.laptop.mob.test."),
            List.of(),
            new Guard("us", 1));

    @Test
    void signedAnswerIsBelieved() throws Exception {
        assertEquals(new Acknowledged(true), send(CLOCK, query -> List.of(signed(query, Rcode.NOERROR))));
        assertEquals(new GuardFailed(), send(CLOCK, query -> List.of(signed(query, Rcode.NXRRSET))));
        Denied denied = assertInstanceOf(Denied.class, send(CLOCK, query -> List.of(signed(query, Rcode.REFUSED))));
        assertTrue(denied.verified());
        assertInstanceOf(Misdirected.class, send(CLOCK, query -> List.of(signed(query, Rcode.NOTAUTH))));
    }

    /** dnsjava itself would return this as NOERROR. */
    @Test
    void unsignedSuccessIsNotBelieved() throws Exception {
        Failed failed = assertInstanceOf(
                Failed.class,
                send(CLOCK, query -> List.of(plain(query, Rcode.NOERROR).toWire())));
        assertTrue(failed.why().contains("not believed"), failed.why());
    }

    @Test
    void forgedDenialDoesNotHideTheTrueAnswer() throws Exception {
        assertEquals(
                new Acknowledged(true),
                send(
                        CLOCK,
                        query -> List.of(
                                plain(query, Rcode.REFUSED).toWire(),
                                new byte[] {1, 2, 3},
                                signed(query, Rcode.NOERROR))));
    }

    @Test
    void unsignedDenialIsNotCertain() throws Exception {
        Denied denied = assertInstanceOf(
                Denied.class,
                send(CLOCK, query -> List.of(plain(query, Rcode.REFUSED).toWire())));
        assertEquals(false, denied.verified());
    }

    /** RFC 8945 5.2.3: once, with the server's time, and with it from then on. */
    @Test
    void verifiedBadTimeCorrectsTheClock() throws Exception {
        Clock slow = Clock.offset(CLOCK, Duration.ofHours(-1));
        List<Instant> signedAt = new ArrayList<>();
        CannedTransport transport = new CannedTransport((query, target) -> {
            signedAt.add(query.getTSIG().getTimeSigned());
            TSIG server = KEY.toTsig(CLOCK);
            Duration off =
                    Duration.between(query.getTSIG().getTimeSigned(), NOW).abs();
            int error = off.compareTo(TSIG.FUDGE) > 0 ? Rcode.BADTIME : Rcode.NOERROR;
            Message answer = plain(query, error == Rcode.BADTIME ? Rcode.NOTAUTH : Rcode.NOERROR);
            answer.setTSIG(server, error, query.getTSIG());
            return List.of(answer.toWire(MAX_BYTES));
        });
        UpdateSender sender = new UpdateSender(client(transport), KEY, slow);
        assertEquals(new Acknowledged(true), sender.send(REQUEST, SERVER, Duration.ofSeconds(1)));
        assertEquals(new Acknowledged(true), sender.send(REQUEST, SERVER, Duration.ofSeconds(1)));
        assertEquals(List.of(NOW.minusSeconds(3600), NOW, NOW), signedAt);
    }

    @Test
    void silenceIsAFailureInWords() throws Exception {
        Failed failed = assertInstanceOf(Failed.class, send(CLOCK, query -> List.of()));
        assertTrue(failed.why().contains("no answer"), failed.why());
    }

    private interface Server {
        List<byte[]> answer(Message query);
    }

    private static Attempt send(Clock clock, Server server) throws Exception {
        CannedTransport transport = new CannedTransport((query, target) -> server.answer(query));
        return new UpdateSender(client(transport), KEY, clock).send(REQUEST, SERVER, Duration.ofSeconds(1));
    }

    private static DnsClient client(CannedTransport transport) {
        return new DnsClient(transport, Randomness.secure(), CLOCK);
    }

    private static Message plain(Message query, int rcode) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setOpcode(Opcode.UPDATE);
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setRcode(rcode);
        return answer;
    }

    private static byte[] signed(Message query, int rcode) {
        Message answer = plain(query, rcode);
        answer.setTSIG(KEY.toTsig(CLOCK), Rcode.NOERROR, query.getTSIG());
        return answer.toWire(MAX_BYTES);
    }
}
