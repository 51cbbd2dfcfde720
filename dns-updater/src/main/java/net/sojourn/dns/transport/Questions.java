package net.sojourn.dns.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Plain questions, without a cache, without the hosts file. Any thread, blocking. */
public final class Questions {

    private Questions() {}

    /** @param recursionDesired true towards a resolver, false towards a server of the zone */
    public static Message question(Name name, int type, boolean recursionDesired) {
        Message message = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        if (!recursionDesired) {
            message.getHeader().unsetFlag(Flags.RD);
        }
        return message;
    }

    /**
     * Asks by UDP; TCP if the answer is cut off.
     *
     * @throws IOException if no answer came in time
     */
    public static Message ask(
            InetSocketAddress server,
            Optional<InetAddress> localAddress,
            Name name,
            int type,
            boolean recursionDesired,
            Duration timeout)
            throws IOException {
        byte[] request = question(name, type, recursionDesired).toWire();
        return DnsExchange.ask(server, localAddress, Transport.UDP, request, timeout)
                .message();
    }
}
