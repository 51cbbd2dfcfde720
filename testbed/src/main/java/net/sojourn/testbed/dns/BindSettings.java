package net.sojourn.testbed.dns;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link BindServer} serves and where. Immutable.
 *
 * @param zone its name
 * @param listen address and port; in a namespace, one of its addresses
 * @param records further lines of the zone file
 * @param tsigHosts key name → host in the zone whose A, AAAA, TXT and guard it may change
 * @param sig0Hosts host in the zone → algorithm as dnssec-keygen spells it; needs BIND 9.20
 * @param namespace network namespace to run in
 * @param root folder with another BIND, see {@link Bind920}; empty: the host's own
 */
public record BindSettings(
        String zone,
        InetSocketAddress listen,
        List<String> records,
        Map<String, String> tsigHosts,
        Map<String, String> sig0Hosts,
        Optional<String> namespace,
        Optional<Path> root) {

    public BindSettings {
        records = List.copyOf(records);
        tsigHosts = Map.copyOf(tsigHosts);
        sig0Hosts = Map.copyOf(sig0Hosts);
    }

    /** A zone without hosts at an address. */
    public static BindSettings of(String zone, InetSocketAddress listen) {
        return new BindSettings(zone, listen, List.of(), Map.of(), Map.of(), Optional.empty(), Optional.empty());
    }

    public BindSettings record(String line) {
        List<String> more = new ArrayList<>(records);
        more.add(line);
        return new BindSettings(zone, listen, more, tsigHosts, sig0Hosts, namespace, root);
    }

    public BindSettings tsigHost(String keyName, String host) {
        Map<String, String> more = new LinkedHashMap<>(tsigHosts);
        more.put(keyName, host);
        return new BindSettings(zone, listen, records, more, sig0Hosts, namespace, root);
    }

    public BindSettings sig0Host(String host, String algorithm) {
        Map<String, String> more = new LinkedHashMap<>(sig0Hosts);
        more.put(host, algorithm);
        return new BindSettings(zone, listen, records, tsigHosts, more, namespace, root);
    }

    public BindSettings inNamespace(String name) {
        return new BindSettings(zone, listen, records, tsigHosts, sig0Hosts, Optional.of(name), root);
    }

    public BindSettings inRoot(Path folder) {
        return new BindSettings(zone, listen, records, tsigHosts, sig0Hosts, namespace, Optional.of(folder));
    }
}
