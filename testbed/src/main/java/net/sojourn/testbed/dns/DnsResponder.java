package net.sojourn.testbed.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.sojourn.dns.key.TsigKey;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Octets of a question in, octets of its answer out: QUERY and UPDATE for one zone, TSIG as RFC 8945 5.2 demands, all else
 * NOTIMP. No I/O. Any thread.
 */
final class DnsResponder {

    private static final int MAX_ALIASES = 8;
    private static final int HEADER_BYTES = 12;
    private static final int MIN_UDP_BYTES = 512;
    private static final int MAX_TCP_BYTES = 65_535;

    private final ZoneData zone;
    private final List<Grant> grants;
    private final Clock clock;
    private final Map<Name, TsigKey> keys = new HashMap<>();

    DnsResponder(NameServerSettings settings, Clock clock) {
        this.zone = new ZoneData(settings.zone(), settings.records());
        this.grants = settings.grants();
        this.clock = clock;
        for (TsigKey key : settings.keys()) {
            try {
                keys.put(Name.fromString(key.keyName(), Name.root), key);
            } catch (TextParseException e) {
                throw new IllegalArgumentException("key name " + key.keyName(), e);
            }
        }
    }

    /** @return empty for what deserves no answer: too short, or an answer itself */
    Optional<byte[]> respond(byte[] octets, boolean byUdp) {
        if (octets.length < HEADER_BYTES || (octets[2] & 0x80) != 0) {
            return Optional.empty();
        }
        Message query;
        try {
            query = new Message(octets);
        } catch (IOException | RuntimeException e) {
            return Optional.of(formErr(octets));
        }
        int maxBytes = byUdp ? udpBytes(query) : MAX_TCP_BYTES;
        TSIGRecord requestTsig = query.getTSIG();
        if (requestTsig == null) {
            return Optional.of(answer(query, null).toWire(maxBytes));
        }
        return Optional.of(signedAnswer(query, octets, requestTsig, maxBytes));
    }

    private byte[] signedAnswer(Message query, byte[] octets, TSIGRecord requestTsig, int maxBytes) {
        TsigKey key = keys.get(requestTsig.getName());
        if (key == null) {
            return unsigned(query, requestTsig, Rcode.BADKEY).toWire(maxBytes);
        }
        TSIG tsig = key.toTsig(clock);
        int error = tsig.verify(query, octets, null, true);
        if (error == Rcode.BADTIME) {
            // RFC 8945 5.2.3: signed, so that the client may believe the time in it.
            Message answer = base(query, Rcode.NOTAUTH);
            answer.setTSIG(tsig, Rcode.BADTIME, requestTsig);
            return answer.toWire(maxBytes);
        }
        if (error != Rcode.NOERROR) {
            return unsigned(query, requestTsig, error).toWire(maxBytes);
        }
        Message answer = answer(query, requestTsig.getName());
        answer.setTSIG(tsig, Rcode.NOERROR, requestTsig);
        return answer.toWire(maxBytes);
    }

    private Message unsigned(Message query, TSIGRecord requestTsig, int error) {
        Message answer = base(query, Rcode.NOTAUTH);
        answer.addRecord(
                new TSIGRecord(
                        requestTsig.getName(),
                        DClass.ANY,
                        0,
                        requestTsig.getAlgorithm(),
                        Instant.now(clock),
                        requestTsig.getFudge(),
                        new byte[0],
                        query.getHeader().getID(),
                        error,
                        null),
                Section.ADDITIONAL);
        return answer;
    }

    private Message answer(Message query, @Nullable Name keyName) {
        return switch (query.getHeader().getOpcode()) {
            case Opcode.QUERY -> queried(query);
            case Opcode.UPDATE -> base(query, updated(query, keyName));
            default -> base(query, Rcode.NOTIMP);
        };
    }

    private Message queried(Message query) {
        Record question = query.getQuestion();
        if (question == null || query.getSection(Section.QUESTION).size() != 1) {
            return base(query, Rcode.FORMERR);
        }
        boolean transfer = question.getType() == Type.AXFR || question.getType() == Type.IXFR;
        if (transfer || question.getDClass() != DClass.IN || !question.getName().subdomain(zone.origin())) {
            return base(query, Rcode.REFUSED);
        }
        Message answer = base(query, Rcode.NOERROR);
        answer.getHeader().setFlag(Flags.AA);
        find(answer, question.getName(), question.getType());
        if (query.getOPT() != null) {
            answer.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        }
        return answer;
    }

    private void find(Message answer, Name asked, int type) {
        Name at = asked;
        for (int aliases = 0; aliases < MAX_ALIASES; aliases++) {
            List<Record> found = zone.find(at, type);
            found.forEach(entry -> answer.addRecord(entry, Section.ANSWER));
            boolean followed = found.size() == 1 && found.get(0) instanceof CNAMERecord && type != Type.CNAME;
            if (!followed) {
                if (found.isEmpty()) {
                    nothing(answer, at);
                }
                return;
            }
            at = ((CNAMERecord) found.get(0)).getTarget();
            if (!at.subdomain(zone.origin())) {
                return;
            }
        }
    }

    /** RFC 2308 2: the SOA tells how long "nothing" may be kept. */
    private void nothing(Message answer, Name name) {
        if (!zone.exists(name)) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        SOARecord soa = zone.soa();
        answer.addRecord(
                new SOARecord(
                        soa.getName(),
                        DClass.IN,
                        Math.min(soa.getTTL(), soa.getMinimum()),
                        soa.getHost(),
                        soa.getAdmin(),
                        soa.getSerial(),
                        soa.getRefresh(),
                        soa.getRetry(),
                        soa.getExpire(),
                        soa.getMinimum()),
                Section.AUTHORITY);
    }

    /** RFC 2136 3.1: zone first, then permission, then prerequisites and changes. */
    private int updated(Message query, @Nullable Name keyName) {
        List<Record> zones = query.getSection(Section.ZONE);
        if (zones.size() != 1 || zones.get(0).getType() != Type.SOA) {
            return Rcode.FORMERR;
        }
        if (!zones.get(0).getName().equals(zone.origin()) || zones.get(0).getDClass() != DClass.IN) {
            return Rcode.NOTAUTH;
        }
        if (keyName == null) {
            return Rcode.REFUSED;
        }
        List<Record> changes = query.getSection(Section.UPDATE);
        for (Record change : changes) {
            if (!change.getName().subdomain(zone.origin())) {
                return Rcode.NOTZONE;
            }
            if (!grants.isEmpty() && grants.stream().noneMatch(grant -> grant.allows(keyName, change))) {
                return Rcode.REFUSED;
            }
        }
        return zone.update(query.getSection(Section.PREREQ), changes);
    }

    private static Message base(Message query, int rcode) {
        Message answer = new Message(query.getHeader().getID());
        Header header = answer.getHeader();
        header.setOpcode(query.getHeader().getOpcode());
        header.setFlag(Flags.QR);
        if (query.getHeader().getFlag(Flags.RD)) {
            header.setFlag(Flags.RD);
        }
        header.setRcode(rcode);
        query.getSection(Section.QUESTION).forEach(entry -> answer.addRecord(entry, Section.QUESTION));
        return answer;
    }

    private static byte[] formErr(byte[] octets) {
        Header header = new Header(Short.toUnsignedInt(ByteBuffer.wrap(octets).getShort()));
        header.setFlag(Flags.QR);
        header.setOpcode((octets[2] >> 3) & 0xF);
        header.setRcode(Rcode.FORMERR);
        return header.toWire();
    }

    private static int udpBytes(Message query) {
        OPTRecord opt = query.getOPT();
        return opt == null ? MIN_UDP_BYTES : Math.max(MIN_UDP_BYTES, opt.getPayloadSize());
    }
}
