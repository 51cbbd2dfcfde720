package net.sojourn.daemon.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Every key of the configuration file: its name, what may stand there, its default and what it is for. */
public enum ConfigKey {
    ATTACHMENT_MODE(
            "attachment.mode",
            ValueType.oneOf("host-address", "routed"),
            "\"host-address\"",
            "host-address: the stack shares the addresses of this host. routed: it has addresses of its own."),
    ATTACHMENT_TUN("attachment.tun", ValueType.TEXT, "\"sj0\"", "Name of the TUN device that is made."),
    ATTACHMENT_ADDRESSES(
            "attachment.addresses",
            ValueType.listOf(ValueType.ADDRESS),
            "[]",
            "routed only: the stack's own addresses, which the network routes to this host."),
    ATTACHMENT_FIRST_PORT(
            "attachment.first_port",
            ValueType.integer(1024, 65535),
            "40000",
            "host-address: lowest TCP port that is the stack's. The kernel hands none of these out meanwhile."),
    ATTACHMENT_LAST_PORT(
            "attachment.last_port",
            ValueType.integer(1024, 65535),
            "49999",
            "host-address: highest TCP port that is the stack's."),
    UPLINKS_INCLUDE(
            "uplinks.include",
            ValueType.listOf(ValueType.TEXT),
            "[]",
            "Interfaces whose addresses are used. Empty: all but loopback and our own."),
    UPLINKS_EXCLUDE(
            "uplinks.exclude", ValueType.listOf(ValueType.TEXT), "[]", "Interfaces whose addresses are never used."),
    CONTROL_SOCKET(
            "control.socket",
            ValueType.PATH,
            "\"/run/sojourn/control\"",
            "Unix domain socket that the sojourn command uses; mode 0660."),
    MIGRATE_SUITE(
            "migrate.suite",
            ValueType.oneOf("classic", "m2", "off"),
            "\"classic\"",
            "Which Migrate protocol our connections offer. m2 accepts both."),
    MIGRATE_PROFILE(
            "migrate.profile",
            ValueType.oneOf("exid", "paper"),
            "\"exid\"",
            "Option kinds: exid for kind 253, paper for kinds 15 and 16 (laboratories only). Both ends must agree."),
    MIGRATE_TRAVERSAL(
            "migrate.traversal",
            ValueType.BOOLEAN,
            "true",
            "Make the segments of a move look so that stateful firewalls let them pass."),
    MIGRATE_REQUIRE(
            "migrate.require", ValueType.BOOLEAN, "false", "End connections whose peer does not speak Migrate."),
    MIGRATE_WAIT(
            "migrate.wait_seconds",
            ValueType.integer(1, 86_400),
            "60",
            "How long a connection that was reset waits for its peer to move (s)."),
    MIGRATE_RESUME_WINDOW(
            "migrate.resume_window_seconds",
            ValueType.integer(1, 2_592_000),
            "86400",
            "How long a connection without an address is kept (s)."),
    STACK_CONGESTION_CONTROL(
            "stack.congestion_control",
            ValueType.oneOf("cubic", "newreno", "bbr"),
            "\"cubic\"",
            "Who decides the pace."),
    STACK_RECEIVE_BUFFER(
            "stack.receive_buffer_bytes",
            ValueType.integer(4096, 1 << 30),
            "16777216",
            "How large the receive window of a connection may become (octets)."),
    STACK_SEND_BUFFER(
            "stack.send_buffer_bytes",
            ValueType.integer(4096, 1 << 30),
            "16777216",
            "How far ahead of the peer's acknowledgements a program may come to write (octets)."),
    STACK_MEMORY_BUDGET(
            "stack.memory_budget_bytes",
            ValueType.integer(1 << 20, Integer.MAX_VALUE),
            "268435456",
            "What the buffers of all connections may hold together (octets)."),
    STACK_ECN(
            "stack.ecn",
            ValueType.oneOf("off", "accept", "offer"),
            "\"accept\"",
            "Explicit congestion notification: never, where a peer asks for it, or asked for by us too."),
    STACK_PACING(
            "stack.pacing",
            ValueType.BOOLEAN,
            "false",
            "Spread what a window allows over its round trip. bbr always does."),
    STACK_USER_TIMEOUT(
            "stack.user_timeout_seconds",
            ValueType.integer(0, 86_400),
            "0",
            "How long text may stay unacknowledged before a connection fails (s); 0 leaves it to the retransmissions."),
    STACK_MTU_PROBING(
            "stack.path_mtu_probing",
            ValueType.BOOLEAN,
            "true",
            "Find out how large packets may be where routers do not tell."),
    SOCKS5_LISTEN("socks5.listen", ValueType.ENDPOINT, "\"127.0.0.1:1080\"", "Where programs find the SOCKS5 server."),
    SOCKS5_ENABLED("socks5.enabled", ValueType.BOOLEAN, "true", "Whether there is a SOCKS5 server."),
    SOCKS5_ALLOW_REMOTE(
            "socks5.allow_remote",
            ValueType.BOOLEAN,
            "false",
            "Allow socks5.listen to be no loopback address: everybody who reaches it may then use it."),
    DNS_NAMES(
            "dns.names",
            ValueType.listOf(ValueType.TEXT),
            "[]",
            "Names that follow this host. Empty: nothing is updated."),
    DNS_ZONE("dns.zone", ValueType.TEXT, "", "Zone of the names. Left out: found by DNS."),
    DNS_SERVERS(
            "dns.servers",
            ValueType.listOf(ValueType.NAME_SERVER),
            "[]",
            "Servers that take the updates. Empty: found by DNS."),
    DNS_KEY_FILE(
            "dns.key_file",
            ValueType.PATH,
            "",
            "Key that signs the updates: a file of tsig-keygen, or the .private file of dnssec-keygen."),
    DNS_TTL("dns.ttl_seconds", ValueType.integer(0, 86_400), "0", "TTL of the records; 0 lets nobody cache them (s)."),
    DNS_OWNER("dns.owner", ValueType.TEXT, "", "Who we are to the guard record. Left out: made at the first start."),
    DNS_TAKE_OVER("dns.take_over", ValueType.BOOLEAN, "false", "Take names over that another owner has published."),
    DNS_STATE_FILE(
            "dns.state_file",
            ValueType.PATH,
            "\"/var/lib/sojourn/dns.state\"",
            "Where owner and counter are kept between runs."),
    RESOLVER_SERVERS(
            "resolver.servers",
            ValueType.listOf(ValueType.NAME_SERVER),
            "[]",
            "Name servers asked for SOCKS5 clients and for the place of dns.zone. Empty: those of /etc/resolv.conf."),
    PUBLISH_PORT("publish.port", ValueType.integer(1, 65535), "", "Port of the stack."),
    PUBLISH_TO("publish.to", ValueType.ENDPOINT, "", "Address and port of the server on this host."),
    PUBLISH_SOURCES("publish.sources", ValueType.listOf(ValueType.PREFIX), "[]", "Who may connect. Empty: everybody."),
    RESTART_KEEP(
            "restart.keep_connections",
            ValueType.BOOLEAN,
            "true",
            "Keep connections while the daemon is stopped, for its next start. See docs/restart.md for which."),
    RESTART_STATE_FILE(
            "restart.state_file",
            ValueType.PATH,
            "\"/run/sojourn/connections.state\"",
            "Where they are meanwhile, keys included; its folder must be writable by the daemon's user only."),
    RESTART_GUARD(
            "restart.guard_seconds",
            ValueType.integer(0, 3600),
            "60",
            "host-address: how long after a stop the kernel drops what comes for them, instead of a reset (s)."),
    DEBUG_PCAP("debug.pcap_file", ValueType.PATH, "", "Write every packet of the stack there. Left out: nowhere."),
    LOG_LEVEL(
            "log.level",
            ValueType.oneOf("error", "warn", "info", "debug", "trace"),
            "\"info\"",
            "Least important line that is written to standard error.");

    private static final String ARRAY_TABLE = "publish";

    private final String key;
    private final ValueType<?> type;
    private final String defaultToml;
    private final String sentence;

    ConfigKey(String key, ValueType<?> type, String defaultToml, String sentence) {
        this.key = key;
        this.type = type;
        this.defaultToml = defaultToml;
        this.sentence = sentence;
    }

    /** Dotted, as in messages. */
    public String key() {
        return key;
    }

    /** As TOML; empty if there is none. */
    public String defaultToml() {
        return defaultToml;
    }

    public String sentence() {
        return sentence;
    }

    /** What may stand there, in words. */
    public String typeWords() {
        return type.words();
    }

    ValueType<?> type() {
        return type;
    }

    String table() {
        return key.substring(0, key.indexOf('.'));
    }

    String nameInTable() {
        return key.substring(key.indexOf('.') + 1);
    }

    /** Whether it stands in a {@code [[publish]]}. */
    boolean isInArray() {
        return table().equals(ARRAY_TABLE);
    }

    static Optional<ConfigKey> of(String key) {
        return Arrays.stream(values()).filter(k -> k.key.equals(key)).findFirst();
    }

    /** The known key that is most like {@code unknown}. */
    static ConfigKey nearest(String unknown) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(k -> distance(k.key, unknown)))
                .orElseThrow();
    }

    /** Levenshtein's. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** A configuration with every key commented out, at its default. */
    public static String sample() {
        StringBuilder out =
                new StringBuilder("# Configuration of the Sojourn daemon. Every key has its default here.\n");
        String table = "";
        for (ConfigKey key : values()) {
            if (!key.table().equals(table)) {
                table = key.table();
                boolean array = key.isInArray();
                out.append('\n')
                        .append(array ? "# One such table a published port.\n#[[" : "[")
                        .append(table)
                        .append(array ? "]]\n" : "]\n");
            }
            out.append("# ")
                    .append(key.sentence)
                    .append(" (")
                    .append(key.typeWords())
                    .append(")\n");
            out.append('#')
                    .append(key.nameInTable())
                    .append(" = ")
                    .append(key.defaultToml)
                    .append('\n');
        }
        return out.toString();
    }

    /** Tables that exist. */
    static List<String> tables() {
        return Arrays.stream(values()).map(ConfigKey::table).distinct().toList();
    }
}
