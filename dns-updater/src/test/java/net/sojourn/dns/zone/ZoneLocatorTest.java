package net.sojourn.dns.zone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import net.sojourn.dns.query.CannedTransport;
import net.sojourn.dns.query.DnsClient;
import net.sojourn.dns.query.Randomness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Zone and primary by SOA, through a resolver made of a few records. */
final class ZoneLocatorTest {

    private static final String RECORDS = """
            mob.test. 60 IN SOA primary.mob.test. hostmaster.mob.test. 1 1 1 1 0
            mob.test. 60 IN NS ns1.mob.test.
            mob.test. 60 IN NS ns2.other.test.
            primary.mob.test. 60 IN A 192.0.2.53
            ns1.mob.test. 60 IN A 192.0.2.1
            ns1.mob.test. 60 IN AAAA 2001:db8::1
            ns2.other.test. 60 IN A 198.51.100.1
            alias.mob.test. 60 IN CNAME www.other.test.
            other.test. 60 IN SOA ns2.other.test. hostmaster.other.test. 1 1 1 1 0
            """;

    @TempDir
    Path folder;

    @Test
    void primaryComesFromTheSoaAndAuthoritiesFromTheNsSet() throws Exception {
        ZonePlace place = locator(List.of(resolver())).locate(name("a.b.laptop.mob.test."));
        assertEquals(name("mob.test."), place.zone());
        assertEquals(server("192.0.2.53"), place.primaries().get(0));
        assertEquals(List.of(server("192.0.2.1"), server("2001:db8::1"), server("198.51.100.1")), place.authorities());
    }

    /** The SOA of the alias's target must not be taken for ours. */
    @Test
    void aliasDoesNotLeadAstray() throws Exception {
        assertEquals(
                name("mob.test."),
                locator(List.of(resolver())).locate(name("alias.mob.test.")).zone());
    }

    @Test
    void unknownDomainIsSaidInWords() {
        IOException e = assertThrows(
                IOException.class, () -> locator(List.of(resolver())).locate(name("x.nowhere.")));
        assertTrue(String.valueOf(e.getMessage()).contains("no zone found for x.nowhere"), e.getMessage());
        IOException none =
                assertThrows(IOException.class, () -> locator(List.of()).locate(name("x.mob.test.")));
        assertTrue(String.valueOf(none.getMessage()).contains("no resolver"), none.getMessage());
    }

    @Test
    void resolvConfIsReadEachTime() throws Exception {
        Path file = folder.resolve("resolv.conf");
        SystemResolvers resolvers = new SystemResolvers(file);
        assertEquals(List.of(), resolvers.get());
        Files.writeString(file, "# comment\nsearch mob.test\nnameserver 192.0.2.1\nnameserver evil.example.org\n");
        assertEquals(List.of(server("192.0.2.1")), resolvers.get());
        Files.writeString(file, "nameserver 2001:db8::1\nnameserver 999.1.1.1\n");
        assertEquals(List.of(server("2001:db8::1")), resolvers.get());
    }

    private static ZoneLocator locator(List<InetSocketAddress> resolvers) {
        CannedTransport transport =
                new CannedTransport((query, target) -> List.of(answer(query).toWire()));
        DnsClient client = new DnsClient(transport, Randomness.secure(), Clock.systemUTC());
        return new ZoneLocator(client, () -> resolvers, Duration.ofSeconds(1));
    }

    /** As a resolver answers: the records asked for, else the SOA of the closest zone in AUTHORITY. */
    private static Message answer(Message query) {
        Record question = query.getQuestion();
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(question, Section.QUESTION);
        Name closest = Name.root;
        for (Record entry : records()) {
            boolean alias = entry.getType() == Type.CNAME;
            if (entry.getName().equals(question.getName()) && (entry.getType() == question.getType() || alias)) {
                answer.addRecord(entry, Section.ANSWER);
                if (alias) {
                    records().stream()
                            .filter(soa ->
                                    soa.getType() == Type.SOA && soa.getName().equals(name("other.test.")))
                            .forEach(soa -> answer.addRecord(soa, Section.AUTHORITY));
                    return answer;
                }
            }
            if (entry.getType() == Type.SOA && question.getName().subdomain(entry.getName())) {
                closest = entry.getName();
            }
        }
        if (answer.getSection(Section.ANSWER).isEmpty()) {
            Name zone = closest;
            records().stream()
                    .filter(soa -> soa.getType() == Type.SOA && soa.getName().equals(zone))
                    .forEach(soa -> answer.addRecord(soa, Section.AUTHORITY));
        }
        return answer;
    }

    private static List<Record> records() {
        List<Record> records = new java.util.ArrayList<>();
        try (Master master = new Master(
                new java.io.ByteArrayInputStream(RECORDS.getBytes(java.nio.charset.StandardCharsets.US_ASCII)))) {
            for (Record entry = master.nextRecord(); entry != null; entry = master.nextRecord()) {
                assertEquals(DClass.IN, entry.getDClass());
                records.add(entry);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return records;
    }

    private static InetSocketAddress resolver() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 5300);
    }

    private static InetSocketAddress server(String address) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(address), 53);
    }

    private static Name name(String text) {
        return Name.fromConstantString(text);
    }
}
