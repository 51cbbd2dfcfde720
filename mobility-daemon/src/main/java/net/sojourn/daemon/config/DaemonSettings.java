package net.sojourn.daemon.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;

/**
 * All that a daemon must be told. Immutable; {@link ConfigFile} makes one from TOML, a program may make one itself.
 *
 * @param socks5 where SOCKS5 listens; empty: nowhere
 * @param resolverServers for lookups of SOCKS5 clients and of zones; empty: the system's
 * @param peerNames hosts whose connections to us are found by name when they have moved
 * @param pcapFile every packet of the stack goes there; empty: nowhere
 * @param logLevel {@code error} to {@code trace}
 */
public record DaemonSettings(
        AttachmentSettings attachment,
        UplinkSettings uplinks,
        Path controlSocket,
        MigrateSettings migrate,
        MoveSettings move,
        StackSettings stack,
        Optional<InetSocketAddress> socks5,
        List<PublishedPort> published,
        Optional<DnsSettings> dns,
        List<InetSocketAddress> resolverServers,
        RestartSettings restart,
        List<String> peerNames,
        Optional<Path> pcapFile,
        String logLevel) {

    /** How the stack gets its addresses. */
    public enum Mode {
        HOST_ADDRESS("host-address"),
        ROUTED("routed");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        /** As in the configuration. */
        public String word() {
            return word;
        }
    }

    /**
     * @param addresses the stack's own, in mode routed; else empty
     * @param firstPort the stack's lowest, in mode host-address
     */
    public record AttachmentSettings(Mode mode, String tun, List<IpAddress> addresses, int firstPort, int lastPort) {}

    /** Names of interfaces; an empty {@code include} is all of them. */
    public record UplinkSettings(List<String> include, List<String> exclude) {

        /** Whether addresses of interface {@code name} are used. */
        public boolean uses(String name) {
            return !exclude.contains(name) && (include.isEmpty() || include.contains(name));
        }
    }

    /**
     * A port of the stack with a local server behind it.
     *
     * @param sources who may connect; empty: everybody
     */
    public record PublishedPort(int port, InetSocketAddress to, List<Prefix> sources) {}

    /**
     * What of the connections outlives the daemon.
     *
     * @param keepConnections whether any does
     * @param stateFile where they are between two lives; empty: where nobody else has his
     * @param guardSeconds how long the kernel keeps quiet for them; 0 not at all
     */
    public record RestartSettings(boolean keepConnections, Optional<Path> stateFile, int guardSeconds) {}

    /**
     * Which names follow the host, and how their server is told.
     *
     * @param zone empty: found by DNS
     * @param servers who take the updates; empty: found by DNS
     * @param owner empty: the state file's
     */
    public record DnsSettings(
            List<String> names,
            Optional<String> zone,
            List<InetSocketAddress> servers,
            Path keyFile,
            int ttlSeconds,
            Optional<String> owner,
            boolean takeOver,
            Path stateFile) {}
}
