package net.sojourn.testbed.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sojourn.dns.LookupSettings;
import net.sojourn.dns.NameLookup;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.NameSettings.Family;
import net.sojourn.dns.NameUpdater;
import net.sojourn.dns.NameUpdaterStatus;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.UpdaterSettings;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.SocketTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What every name server that takes TSIG-signed updates must do with ours: run on a real BIND and on the embedded server.
 * Zone mob.test; laptop-key may change laptop, other-key is for the host other.
 */
abstract class SignedUpdateCases {

    private static final String HOST = "laptop.mob.test";
    private static final String GUARD = "_mm.laptop.mob.test";

    @TempDir
    Path temporary;

    /** Address of the server, which runs. */
    abstract InetSocketAddress server();

    abstract Path keyFile(String keyName);

    abstract void stopServer() throws Exception;

    abstract void startServer() throws Exception;

    /** RFC 2136 2.5: delete and add in one message, TTL 0, guard beside it. */
    @Test
    void bothFamiliesGoInOneMessageWithTtlZero() throws Exception {
        CapturingTransport transport = new CapturingTransport();
        Observed observed = new Observed();
        try (NameUpdater updater = updater(name().build(), observed, transport, Clock.systemUTC())) {
            updater.addressesChanged(HOST, addresses("192.0.2.10", "2001:db8::10"));
            assertTrue(observed.next(UpdateEvent.Acknowledged.class).believed());
            observed.next(UpdateEvent.Verified.class);
            assertEquals(1, transport.updates().size(), "one message");
            for (int type : new int[] {Type.A, Type.AAAA}) {
                List<Record> records = Dig.records(server(), HOST, type);
                assertEquals(1, records.size());
                assertEquals(0, records.get(0).getTTL());
            }
            assertEquals(Set.of("192.0.2.10"), Dig.data(server(), HOST, Type.A));
            updater.addressesChanged(HOST, addresses("192.0.2.11"));
            observed.next(UpdateEvent.Verified.class);
            assertEquals(Set.of("192.0.2.11"), Dig.data(server(), HOST, Type.A));
            assertEquals(Set.of(), Dig.data(server(), HOST, Type.AAAA), "the old family is gone");
            assertEquals(2, transport.updates().size(), "no query and no repetition in between");
            assertEquals(State.IN_SYNC, status(updater).state());
        }
    }

    /** An old signed message, sent again within the fudge of 300 s, changes nothing. */
    @Test
    void replayOfAnOlderUpdateChangesNothing() throws Exception {
        CapturingTransport transport = new CapturingTransport();
        Observed observed = new Observed();
        try (NameUpdater updater = updater(name().build(), observed, transport, Clock.systemUTC())) {
            updater.addressesChanged(HOST, addresses("192.0.2.20"));
            observed.next(UpdateEvent.Verified.class);
            updater.addressesChanged(HOST, addresses("192.0.2.21"));
            observed.next(UpdateEvent.Verified.class);
            for (byte[] old : transport.updates()) {
                int rcode = Dig.send(server(), old).getRcode();
                assertTrue(rcode == Rcode.NXRRSET || rcode == Rcode.YXRRSET, Rcode.string(rcode));
            }
            assertEquals(Set.of("192.0.2.21"), Dig.data(server(), HOST, Type.A));
        }
    }

    @Test
    void anotherOwnerIsAConflictUntilTakenOver() throws Exception {
        Observed first = new Observed();
        try (NameUpdater updater = updater(name().ownerId("desk").build(), first)) {
            updater.takeOver(HOST);
            updater.addressesChanged(HOST, addresses("192.0.2.30"));
            first.next(UpdateEvent.Verified.class);
        }
        Observed second = new Observed();
        try (NameUpdater updater = updater(name().ownerId("phone").build(), second)) {
            updater.addressesChanged(HOST, addresses("192.0.2.31"));
            String why = second.next(UpdateEvent.Failed.class).why();
            assertTrue(why.contains("desk") && why.contains("phone") && why.contains("take"), why);
            assertEquals(State.CONFLICT, status(updater).state());
            assertEquals(Set.of("192.0.2.30"), Dig.data(server(), HOST, Type.A));
            updater.takeOver(HOST);
            second.next(UpdateEvent.Verified.class);
            assertEquals(Set.of("192.0.2.31"), Dig.data(server(), HOST, Type.A));
            assertTrue(Dig.data(server(), GUARD, Type.TXT).toString().contains("owner=phone"));
        }
    }

    @Test
    void wrongSecretIsSaidInWords() throws Exception {
        Path wrong = secretFile("key \"laptop-key\" { algorithm hmac-sha256; secret \"AAAAAAAAAAAAAAAAAAAAAA==\"; };");
        assertRefused(name(HOST, wrong).build(), HOST, "BADSIG");
    }

    @Test
    void unknownKeyIsSaidInWords() throws Exception {
        Path unknown = secretFile("key \"nobody\" { algorithm hmac-sha256; secret \"AAAAAAAAAAAAAAAAAAAAAA==\"; };");
        assertRefused(name(HOST, unknown).build(), HOST, "BADKEY");
    }

    @Test
    void nameNotGrantedIsSaidInWords() throws Exception {
        assertRefused(name("desk.mob.test", keyFile("laptop-key")).build(), "desk.mob.test", "refuses to let");
    }

    /** RFC 8945 5.2.3: a verified BADTIME tells the server's time, and one retry with it succeeds. */
    @Test
    void wrongClockIsCorrected() throws Exception {
        for (Duration skew : List.of(Duration.ofHours(-1), Duration.ofDays(3))) {
            Observed observed = new Observed();
            Clock wrong = Clock.offset(Clock.systemUTC(), skew);
            try (NameUpdater updater = updater(name().takeOver(true).build(), observed, new SocketTransport(), wrong)) {
                updater.addressesChanged(HOST, addresses("192.0.2.4" + skew.toDays()));
                assertTrue(observed.next(UpdateEvent.Acknowledged.class).believed());
                observed.next(UpdateEvent.Verified.class);
                assertFalse(observed.seen().stream().anyMatch(UpdateEvent.Failed.class::isInstance));
            }
        }
    }

    @Test
    void serverDownThenUp() throws Exception {
        Observed observed = new Observed();
        try (NameUpdater updater = updater(name().takeOver(true).build(), observed)) {
            stopServer();
            try {
                updater.addressesChanged(HOST, addresses("192.0.2.50"));
                String why = observed.next(UpdateEvent.Failed.class).why();
                assertTrue(why.contains("nobody listens"), why);
                assertEquals(State.RETRYING, status(updater).state());
            } finally {
                startServer();
            }
            updater.networkChanged();
            observed.next(UpdateEvent.Verified.class);
            assertEquals(Set.of("192.0.2.50"), Dig.data(server(), HOST, Type.A));
        }
    }

    /** The update was applied but its answer was lost: the repetition finds NXRRSET, reads, and knows it for its own. */
    @Test
    void lostAcknowledgementIsRecognised() throws Exception {
        Observed observed = new Observed();
        try (Relay relay = new Relay(server());
                NameUpdater updater = updater(
                        name().takeOver(true).servers(List.of(relay.address())).build(), observed)) {
            updater.addressesChanged(HOST, addresses("192.0.2.60"));
            observed.next(UpdateEvent.Verified.class);
            long seqBefore = status(updater).guardSeq();
            relay.loseUpdateAnswers.set(1);
            updater.addressesChanged(HOST, addresses("192.0.2.61"));
            observed.next(UpdateEvent.Failed.class);
            observed.next(UpdateEvent.Acknowledged.class);
            observed.next(UpdateEvent.Verified.class);
            assertEquals(Set.of("192.0.2.61"), Dig.data(server(), HOST, Type.A));
            assertEquals(seqBefore + 1, status(updater).guardSeq(), "applied once");
        }
    }

    @Test
    void lostUpdatesGoByTcp() throws Exception {
        Observed observed = new Observed();
        try (Relay relay = new Relay(server());
                NameUpdater updater = updater(
                        name().takeOver(true).servers(List.of(relay.address())).build(), observed)) {
            relay.loseUpdates.set(1_000);
            updater.addressesChanged(HOST, addresses("192.0.2.70"));
            observed.next(UpdateEvent.Verified.class);
            assertEquals(1, relay.updatesByTcp.get());
            assertEquals(Set.of("192.0.2.70"), Dig.data(server(), HOST, Type.A));
        }
    }

    @Test
    void otherFamilyIsLeftAlone() throws Exception {
        Observed both = new Observed();
        try (NameUpdater updater = updater(name().takeOver(true).build(), both)) {
            updater.addressesChanged(HOST, addresses("192.0.2.80", "2001:db8::80"));
            both.next(UpdateEvent.Verified.class);
        }
        Observed one = new Observed();
        NameSettings ipv4 = name().takeOver(true).families(Set.of(Family.IPV4)).build();
        try (NameUpdater updater = updater(ipv4, one)) {
            updater.addressesChanged(HOST, addresses("192.0.2.81", "2001:db8::81"));
            one.next(UpdateEvent.Verified.class);
            assertEquals(Set.of("192.0.2.81"), Dig.data(server(), HOST, Type.A));
            assertEquals(Set.of("2001:db8:0:0:0:0:0:80"), Dig.data(server(), HOST, Type.AAAA));
        }
    }

    /** A correspondent sees each move at once. */
    @Test
    void lookupIsNeverStale() throws Exception {
        Observed observed = new Observed();
        LookupSettings throughAuthority = LookupSettings.of(List.of(new InetSocketAddress("127.0.0.1", 1)))
                .withAuthorities(Map.of("mob.test", List.of(server())));
        try (NameUpdater updater = updater(name().takeOver(true).build(), observed);
                NameLookup lookup = new NameLookup(throughAuthority)) {
            for (int i = 1; i <= 3; i++) {
                Set<InetAddress> now = addresses("192.0.2.9" + i, "2001:db8::9" + i);
                updater.addressesChanged(HOST, now);
                observed.next(UpdateEvent.Acknowledged.class);
                assertEquals(now, Set.copyOf(lookup.lookup(HOST)));
            }
            assertThrows(UnknownHostException.class, () -> lookup.lookup("nowhere.mob.test"));
        }
    }

    /** RFC 2308: "nothing" is told with the SOA, whose minimum of 0 keeps it out of caches. */
    @Test
    void absentNamesAndTypesAreToldApart() throws Exception {
        Message absent = Dig.ask(server(), "nowhere.mob.test", Type.A);
        assertEquals(Rcode.NXDOMAIN, absent.getRcode());
        assertEquals(0, absent.getSection(Section.AUTHORITY).get(0).getTTL());
        Message noData = Dig.ask(server(), "ns.mob.test", Type.TXT);
        assertEquals(Rcode.NOERROR, noData.getRcode());
        assertEquals(Type.SOA, noData.getSection(Section.AUTHORITY).get(0).getType());
        assertEquals(Rcode.REFUSED, Dig.ask(server(), "www.example.org", Type.A).getRcode());
        assertEquals(1, Dig.data(server(), "mob.test", Type.NS).size());
        assertEquals(1, Dig.data(server(), "mob.test", Type.SOA).size());
    }

    private void assertRefused(NameSettings settings, String host, String words) throws Exception {
        Observed observed = new Observed();
        try (NameUpdater updater = updater(settings, observed)) {
            updater.addressesChanged(host, addresses("192.0.2.66"));
            String why = observed.next(UpdateEvent.Failed.class).why();
            assertTrue(why.contains(words), why);
            assertEquals(State.ERROR, status(updater).state());
        }
        assertFalse(Dig.data(server(), host, Type.A).contains("192.0.2.66"));
    }

    /** The laptop's name, as its rightful owner. */
    NameSettings.Builder name() {
        return name(HOST, keyFile("laptop-key")).ownerId("desk");
    }

    private NameSettings.Builder name(String host, Path key) {
        return NameSettings.builder(host, key).servers(List.of(server()));
    }

    private Path secretFile(String text) throws IOException {
        Path file = Files.createFile(
                temporary.resolve("wrong.conf"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text);
    }

    NameUpdater updater(NameSettings name, Observed observed) throws IOException {
        return updater(name, observed, new SocketTransport(), Clock.systemUTC());
    }

    NameUpdater updater(NameSettings name, Observed observed, DnsTransport transport, Clock clock) throws IOException {
        UpdateTiming defaults = UpdateTiming.defaults();
        UpdateTiming quick = new UpdateTiming(
                Duration.ofMillis(500),
                defaults.maxRetry(),
                defaults.slowRetry(),
                defaults.maxAnswerWait(),
                defaults.jitter(),
                List.of(Duration.ofMillis(20)),
                defaults.quiet(),
                defaults.overtake(),
                defaults.verifyWithin(),
                defaults.check());
        Path state = Files.createTempDirectory(temporary, "state").resolve("state");
        return NameUpdater.start(
                new UpdaterSettings(List.of(name), List.of(), state, quick), observed, transport, clock);
    }

    static NameUpdaterStatus status(NameUpdater updater) {
        return updater.status().get(0);
    }

    static Set<InetAddress> addresses(String... texts) throws IOException {
        Set<InetAddress> addresses = new java.util.HashSet<>();
        for (String text : texts) {
            addresses.add(InetAddress.getByName(text));
        }
        return addresses;
    }
}
