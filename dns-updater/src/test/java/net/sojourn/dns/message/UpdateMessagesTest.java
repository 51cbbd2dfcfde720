package net.sojourn.dns.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.guard.Guard;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** RFC 2136 2.4 and 2.5: the message, record by record, after a trip over the wire. */
final class UpdateMessagesTest {

    private static final Name ZONE = Name.fromConstantString("mob.test.");
    private static final Name HOST = Name.fromConstantString("laptop.mob.test.");
    private static final Name GUARD = Name.fromConstantString("_mm.laptop.mob.test.");

    @Test
    void moveUnderTheGuard() throws Exception {
        Message message = onTheWire(Set.of(Type.A, Type.AAAA), List.of(guard(4)), 5, "192.0.2.1", "2001:db8::1");
        assertEquals(7, message.getHeader().getID());
        assertEquals(List.of("mob.test. SOA IN 0 "), lines(message, Section.ZONE));
        assertEquals(List.of("_mm.laptop.mob.test. TXT IN 0 \"mm1 owner=us seq=4\""), lines(message, Section.PREREQ));
        assertEquals(
                List.of(
                        "laptop.mob.test. A ANY 0 ",
                        "laptop.mob.test. AAAA ANY 0 ",
                        "laptop.mob.test. A IN 0 192.0.2.1",
                        "laptop.mob.test. AAAA IN 0 2001:db8:0:0:0:0:0:1",
                        "_mm.laptop.mob.test. TXT ANY 0 ",
                        "_mm.laptop.mob.test. TXT IN 0 \"mm1 owner=us seq=5\""),
                lines(message, Section.UPDATE));
    }

    @Test
    void claimDemandsThatThereIsNoGuard() throws Exception {
        Message message = onTheWire(Set.of(Type.A, Type.AAAA), List.of(), 1, "192.0.2.1");
        assertEquals(List.of("_mm.laptop.mob.test. TXT NONE 0 "), lines(message, Section.PREREQ));
    }

    @Test
    void otherFamilyIsNotTouched() throws Exception {
        Message message = onTheWire(Set.of(Type.A), List.of(guard(4)), 5, "192.0.2.1", "2001:db8::1");
        assertEquals(
                0,
                message.getSection(Section.UPDATE).stream()
                        .filter(entry -> entry.getType() == Type.AAAA)
                        .count());
    }

    @Test
    void sameRequestSameOctets() throws Exception {
        UpdateRequest request =
                request(Set.of(Type.A, Type.AAAA), List.of(guard(4)), 5, "192.0.2.1", "192.0.2.2", "2001:db8::1");
        assertArrayEquals(
                UpdateMessages.build(request, 7).toWire(),
                UpdateMessages.build(request, 7).toWire());
    }

    private static Message onTheWire(Set<Integer> types, List<Record> guardSeen, long next, String... addresses)
            throws Exception {
        return new Message(UpdateMessages.build(request(types, guardSeen, next, addresses), 7)
                .toWire());
    }

    private static UpdateRequest request(Set<Integer> types, List<Record> guardSeen, long next, String... addresses)
            throws Exception {
        Set<InetAddress> set = new java.util.HashSet<>();
        for (String address : addresses) {
            set.add(InetAddress.getByName(address));
        }
        return new UpdateRequest(ZONE, HOST, set, 0, types, GUARD, guardSeen, new Guard("us", next));
    }

    private static Record guard(long seq) {
        return UpdateMessages.guardRecord(GUARD, 0, new Guard("us", seq));
    }

    private static List<String> lines(Message message, int section) {
        return message.getSection(section).stream()
                .map(entry -> entry.getName() + " " + Type.string(entry.getType()) + " "
                        + org.xbill.DNS.DClass.string(entry.getDClass()) + " " + entry.getTTL() + " "
                        + entry.rdataToString())
                .toList();
    }
}
