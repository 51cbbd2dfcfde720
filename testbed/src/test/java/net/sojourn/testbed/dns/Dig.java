package net.sojourn.testbed.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.transport.AnswerFilter;
import net.sojourn.dns.transport.SocketTransport;
import net.sojourn.dns.transport.Target;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A third host's view: asks a server without the updater's own readers. */
final class Dig {

    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private Dig() {}

    static Message ask(InetSocketAddress server, String name, int type) throws IOException {
        Message query = Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
        return send(server, query.toWire());
    }

    static Message send(InetSocketAddress server, byte[] wire) throws IOException {
        return new Message(new SocketTransport().exchange(wire, Target.udp(server), TIMEOUT, AnswerFilter.ANY));
    }

    static List<Record> records(InetSocketAddress server, String name, int type) throws IOException {
        return ask(server, name, type).getSection(Section.ANSWER);
    }

    /** The data of all records, as in a zone file. */
    static Set<String> data(InetSocketAddress server, String name, int type) throws IOException {
        Set<String> data = new HashSet<>();
        records(server, name, type).forEach(entry -> data.add(entry.rdataToString()));
        return data;
    }

    static InetAddress ip(String text) throws IOException {
        return InetAddress.getByName(text);
    }
}
