package net.sojourn.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.dns.key.KeyFiles;
import net.sojourn.dns.key.UpdateKey;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * How one name is kept. Immutable; the constructor refuses what cannot work with an {@link IllegalArgumentException} that
 * begins with the setting's name. {@link #builder} makes one.
 *
 * @param host the name, final dot optional
 * @param zone the zone it is in; empty: found by its SOA record
 * @param servers where updates go, best first; empty: the zone's primary, found by its SOA record
 * @param verifyServers who is asked whether the change is visible; empty: {@code servers}, or else all of the zone's
 * @param keyFile as {@code tsig-keygen} or {@code dnssec-keygen -T KEY} writes it, readable by its owner only
 * @param keyName which key of a file with several
 * @param ttlSeconds of all records written; 0 keeps caches away, more makes a move slower by as much
 * @param families which of A and AAAA are kept; the other is never touched
 * @param guardLabel the guard's TXT record stands at {@code guardLabel.host}; empty: at the host itself
 * @param ownerId whose the name is; empty: derived from machine and key
 * @param takeOver take the name even if the guard says it is another's
 */
public record NameSettings(
        String host,
        Optional<String> zone,
        List<InetSocketAddress> servers,
        List<InetSocketAddress> verifyServers,
        Path keyFile,
        Optional<String> keyName,
        long ttlSeconds,
        Set<Family> families,
        String guardLabel,
        Optional<String> ownerId,
        boolean takeOver) {

    private static final long MAX_TTL_SECONDS = 86_400;

    /** Address families, as records have them. */
    public enum Family {
        /** A. */
        IPV4,
        /** AAAA. */
        IPV6;

        public boolean has(InetAddress address) {
            return (address instanceof Inet6Address) == (this == IPV6);
        }
    }

    public NameSettings {
        servers = List.copyOf(servers);
        verifyServers = List.copyOf(verifyServers);
        families = Set.copyOf(families);
        Name parsed = domainName("host", host);
        require(parsed.labels() > 2, "host", host + " must be a full name, like laptop.example.org");
        zone.ifPresent(
                z -> require(parsed.subdomain(domainName("zone", z)), "zone", z + " is not above the host " + host));
        servers.forEach(server -> requireResolved("servers", server));
        verifyServers.forEach(server -> requireResolved("verifyServers", server));
        require(
                ttlSeconds >= 0 && ttlSeconds <= MAX_TTL_SECONDS,
                "ttlSeconds",
                ttlSeconds + " is not within 0 to 86400");
        require(!families.isEmpty(), "families", "at least one of IPV4 and IPV6 is needed");
        require(
                guardLabel.isEmpty() || guardLabel.matches("[A-Za-z0-9_-]{1,63}"),
                "guardLabel",
                "\"" + guardLabel + "\" is not one label, like _mm");
        ownerId.ifPresent(Guard::requireOwnerId);
    }

    /** Host and key; the rest has defaults: TTL 0, both families, guard at {@code _mm.host}, servers found by SOA. */
    public static Builder builder(String host, Path keyFile) {
        return new Builder(host, keyFile);
    }

    /** @throws KeyFileException with file, line, cause and remedy */
    public UpdateKey readKey() throws KeyFileException {
        return KeyFiles.read(keyFile, keyName);
    }

    /** Those of {@code addresses} that this name publishes. */
    public Set<InetAddress> published(Set<InetAddress> addresses) {
        return addresses.stream()
                .filter(address -> families.stream().anyMatch(family -> family.has(address)))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Name domainName(String setting, String text) {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(setting + ": \"" + text + "\" is no domain name");
        }
    }

    private static void requireResolved(String setting, InetSocketAddress server) {
        require(!server.isUnresolved(), setting, server + " must be an IP address and a port");
        require(server.getPort() > 0, setting, server + " needs a port, usually 53");
    }

    private static void require(boolean holds, String setting, String what) {
        if (!holds) {
            throw new IllegalArgumentException(setting + ": " + what);
        }
    }

    /** Collects settings; {@link #build} checks them. One thread. */
    public static final class Builder {

        private final String host;
        private final Path keyFile;
        private Optional<String> zone = Optional.empty();
        private List<InetSocketAddress> servers = List.of();
        private List<InetSocketAddress> verifyServers = List.of();
        private Optional<String> keyName = Optional.empty();
        private long ttlSeconds;
        private Set<Family> families = EnumSet.allOf(Family.class);
        private String guardLabel = "_mm";
        private Optional<String> ownerId = Optional.empty();
        private boolean takeOver;

        private Builder(String host, Path keyFile) {
            this.host = host;
            this.keyFile = keyFile;
        }

        public Builder zone(String value) {
            zone = Optional.of(value);
            return this;
        }

        public Builder servers(List<InetSocketAddress> value) {
            servers = value;
            return this;
        }

        public Builder verifyServers(List<InetSocketAddress> value) {
            verifyServers = value;
            return this;
        }

        public Builder keyName(String value) {
            keyName = Optional.of(value);
            return this;
        }

        public Builder ttlSeconds(long value) {
            ttlSeconds = value;
            return this;
        }

        public Builder families(Set<Family> value) {
            families = value;
            return this;
        }

        public Builder guardLabel(String value) {
            guardLabel = value;
            return this;
        }

        public Builder ownerId(String value) {
            ownerId = Optional.of(value);
            return this;
        }

        public Builder takeOver(boolean value) {
            takeOver = value;
            return this;
        }

        public NameSettings build() {
            return new NameSettings(
                    host,
                    zone,
                    servers,
                    verifyServers,
                    keyFile,
                    keyName,
                    ttlSeconds,
                    families,
                    guardLabel,
                    ownerId,
                    takeOver);
        }
    }
}
