package net.sojourn.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.sojourn.dns.query.CannedTransport;
import net.sojourn.dns.transport.Target;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Lookups through a network of two servers: a resolver with a stale answer, and the authority of mob.test. */
final class NameLookupTest {

    private static final InetSocketAddress RESOLVER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 5301);
    private static final InetSocketAddress AUTHORITY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 5302);

    private final Map<InetSocketAddress, List<Record>> servers = new HashMap<>();
    private boolean authorityIsUp = true;

    @Test
    void literalsAskNobody() throws Exception {
        servers.put(RESOLVER, List.of());
        try (NameLookup lookup = lookup(LookupSettings.of(List.of(RESOLVER)))) {
            assertEquals(List.of(InetAddress.getByName("192.0.2.1")), lookup.lookup("192.0.2.1"));
            assertEquals(List.of(InetAddress.getByName("2001:db8::1")), lookup.lookup("[2001:db8::1]"));
        }
    }

    @Test
    void authorityIsAskedBeforeTheResolver() throws Exception {
        servers.put(RESOLVER, List.of(a("laptop.mob.test.", "192.0.2.1")));
        servers.put(AUTHORITY, List.of(a("laptop.mob.test.", "192.0.2.2"), aaaa("laptop.mob.test.", "2001:db8::2")));
        try (NameLookup lookup =
                lookup(LookupSettings.of(List.of(RESOLVER)).withAuthorities(Map.of("mob.test", List.of(AUTHORITY))))) {
            assertEquals(
                    List.of(InetAddress.getByName("2001:db8::2"), InetAddress.getByName("192.0.2.2")),
                    lookup.lookup("laptop.mob.test"));
            servers.put(AUTHORITY, List.of(a("laptop.mob.test.", "192.0.2.3")));
            assertEquals(
                    List.of(InetAddress.getByName("192.0.2.3")), lookup.lookup("laptop.mob.test"), "nothing is kept");
            authorityIsUp = false;
            assertEquals(
                    List.of(InetAddress.getByName("192.0.2.1")),
                    lookup.lookup("laptop.mob.test"),
                    "better the resolver's answer than none");
        }
    }

    @Test
    void aliasesAreFollowedToTheNextServer() throws Exception {
        servers.put(AUTHORITY, List.of(alias("www.mob.test.", "web.other.test.")));
        servers.put(RESOLVER, List.of(a("web.other.test.", "192.0.2.9")));
        try (NameLookup lookup =
                lookup(LookupSettings.of(List.of(RESOLVER)).withAuthorities(Map.of("mob.test", List.of(AUTHORITY))))) {
            assertEquals(List.of(InetAddress.getByName("192.0.2.9")), lookup.lookup("www.mob.test"));
        }
    }

    @Test
    void aliasLoopsEnd() throws Exception {
        servers.put(RESOLVER, List.of(alias("a.test.", "b.test."), alias("b.test.", "a.test.")));
        try (NameLookup lookup = lookup(LookupSettings.of(List.of(RESOLVER)))) {
            assertThrows(UnknownHostException.class, () -> lookup.lookup("a.test"));
        }
    }

    @Test
    void absentNamesAndSilenceAreToldApart() throws Exception {
        servers.put(RESOLVER, List.of());
        try (NameLookup lookup = lookup(LookupSettings.of(List.of(RESOLVER)))) {
            UnknownHostException absent = assertThrows(UnknownHostException.class, () -> lookup.lookup("nowhere.test"));
            assertTrue(String.valueOf(absent.getMessage()).contains("does not exist"), absent.getMessage());
        }
        try (NameLookup lookup = lookup(LookupSettings.of(List.of(AUTHORITY)))) {
            authorityIsUp = false;
            IOException silent = assertThrows(IOException.class, () -> lookup.lookup("nowhere.test"));
            assertTrue(String.valueOf(silent.getMessage()).contains("no answer"), silent.getMessage());
        }
    }

    private NameLookup lookup(LookupSettings settings) {
        return new NameLookup(settings, new CannedTransport(this::network), Clock.systemUTC());
    }

    private List<byte[]> network(Message query, Target target) {
        if (target.server().equals(AUTHORITY) && !authorityIsUp) {
            return List.of();
        }
        Record question = query.getQuestion();
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        if (target.server().equals(AUTHORITY)) {
            answer.getHeader().setFlag(Flags.AA);
        }
        answer.addRecord(question, Section.QUESTION);
        boolean exists = false;
        for (Record entry : servers.getOrDefault(target.server(), List.of())) {
            boolean same = entry.getName().equals(question.getName());
            exists |= same;
            if (same && (entry.getType() == question.getType() || entry instanceof CNAMERecord)) {
                answer.addRecord(entry, Section.ANSWER);
            }
        }
        answer.getHeader().setRcode(exists ? Rcode.NOERROR : Rcode.NXDOMAIN);
        return List.of(answer.toWire());
    }

    private static Record a(String name, String address) throws IOException {
        return new ARecord(Name.fromString(name), DClass.IN, 0, InetAddress.getByName(address));
    }

    private static Record aaaa(String name, String address) throws IOException {
        return new AAAARecord(Name.fromString(name), DClass.IN, 0, InetAddress.getByName(address));
    }

    private static Record alias(String name, String target) throws IOException {
        return new CNAMERecord(Name.fromString(name), DClass.IN, 0, Name.fromString(target));
    }
}
