package net.sojourn.dns.verify;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.sojourn.dns.query.ServerReader;
import org.xbill.DNS.Name;

/**
 * Asks every authoritative server what a name points to. One call is one round; when to ask again is the reconciler's
 * business. Blocking; any thread.
 */
public final class Verifier {

    private final ServerReader reader;
    private final Duration timeout;

    public Verifier(ServerReader reader, Duration timeout) {
        this.reader = reader;
        this.timeout = timeout;
    }

    public Verification ask(Name host, Set<Integer> types, Set<InetAddress> expected, List<InetSocketAddress> servers)
            throws InterruptedIOException {
        List<String> dissent = new ArrayList<>();
        for (InetSocketAddress server : servers) {
            try {
                Set<InetAddress> seen = reader.addresses(host, types, server, timeout);
                if (!seen.equals(expected)) {
                    dissent.add(words(server) + " still says " + words(seen));
                }
            } catch (SocketTimeoutException e) {
                dissent.add(String.valueOf(e.getMessage()));
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                dissent.add(String.valueOf(e.getMessage()));
            }
        }
        return new Verification(servers.size() - dissent.size(), dissent);
    }

    private static String words(InetSocketAddress server) {
        return server.getAddress().getHostAddress() + " port " + server.getPort();
    }

    private static String words(Set<InetAddress> addresses) {
        return addresses.isEmpty()
                ? "nothing"
                : addresses.stream().map(InetAddress::getHostAddress).sorted().collect(Collectors.joining(" "));
    }
}
