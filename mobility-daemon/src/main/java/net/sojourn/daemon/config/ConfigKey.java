package net.sojourn.daemon.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.tun.host.RunFolder;

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
            "\"" + ControlClient.USUAL_SOCKET + "\"",
            "Unix domain socket that the sojourn command uses; mode 0660."),
    MIGRATE_SUITE(
            "migrate.suite",
            ValueType.oneOf("m2", "classic", "off"),
            "\"m2\"",
            "Which Migrate protocol our connections offer. m2 takes classic from peers that offer that; classic only takes"
                    + " itself."),
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
    MIGRATE_MAX_SUSPENDED(
            "migrate.max_suspended",
            ValueType.integer(1, 1_000_000),
            "65536",
            "How many connections may wait for a path; beyond it the one that has waited longest ends."),
    MIGRATE_MAX_SUSPENDED_BYTES(
            "migrate.max_suspended_bytes",
            ValueType.integer(1 << 16, Integer.MAX_VALUE),
            "268435456",
            "How much text those may hold together (octets); beyond it the same."),
    MOVE_PREFER(
            "move.prefer",
            ValueType.listOf(ValueType.oneOf("metric", "cost", "kind", "kernel")),
            "[\"metric\", \"kernel\"]",
            "What makes one address better than another, the most important first: metric and cost of its interface,"
                    + " its kind, the kernel's routes."),
    MOVE_KINDS(
            "move.kinds",
            ValueType.listOf(ValueType.oneOf("wired", "wifi", "vpn", "mobile", "other")),
            "[\"wired\", \"wifi\", \"vpn\", \"mobile\", \"other\"]",
            "Kinds of interface, best first, where move.prefer names kind."),
    MOVE_BETTER_FOR(
            "move.better_for_millis",
            ValueType.integer(0, 3_600_000),
            "0",
            "How long an address must have been better before a connection that works elsewhere moves there (ms)."
                    + " A lost address is left at once, and the old path is used until the new one has answered."),
    MOVE_DAMPING(
            "move.damping_millis",
            ValueType.integer(0, 3_600_000),
            "1000",
            "The same for the second such move of a connection; it doubles with each further one (ms)."),
    MOVE_DAMPING_MAX("move.damping_max_seconds", ValueType.integer(0, 86_400), "60", "How far it doubles (s)."),
    MOVE_CALM(
            "move.calm_seconds",
            ValueType.integer(1, 86_400),
            "300",
            "After so long without such a move the next one is the first again (s)."),
    MOVE_AWAKE(
            "move.awake_seconds",
            ValueType.integer(1, 86_400),
            "5",
            "After a sleep of this host of so long every connection asks its peer for a sign of life (s)."),
    INTERFACE_NAME("interface.name", ValueType.TEXT, "", "Which interface."),
    INTERFACE_KIND(
            "interface.kind",
            ValueType.oneOf("wired", "wifi", "vpn", "mobile", "other"),
            "",
            "What it leads over. Left out: found out."),
    INTERFACE_METERED(
            "interface.metered",
            ValueType.BOOLEAN,
            "",
            "Whether octets cost money there. Left out: those of mobile interfaces do."),
    INTERFACE_METRIC(
            "interface.metric",
            ValueType.integer(0, 1_000_000),
            "100",
            "The smaller, the better; other interfaces have 100."),
    INTERFACE_NEVER(
            "interface.never", ValueType.BOOLEAN, "false", "Move no connection there; what is opened there may leave."),
    RULE_NAME("rule.name", ValueType.TEXT, "", "Name of the rule, for people."),
    RULE_PEERS("rule.peers", ValueType.listOf(ValueType.PREFIX), "[]", "For connections with these peers. Empty: all."),
    RULE_PORTS(
            "rule.ports",
            ValueType.listOf(ValueType.integer(1, 65535)),
            "[]",
            "For connections to these ports, of the peer or published by us. Empty: all."),
    RULE_ENTRY(
            "rule.entry",
            ValueType.oneOf("socks5", "publish", "program"),
            "",
            "For connections that came to be that way. Left out: all."),
    RULE_PIN(
            "rule.pin",
            ValueType.PLACE,
            "",
            "Interface or address where they live; elsewhere they are never moved, they wait."),
    RULE_PREFER(
            "rule.prefer",
            ValueType.listOf(ValueType.PLACE),
            "[]",
            "Interfaces or addresses that are better than all others for them, the first most."),
    RULE_NEVER("rule.never", ValueType.listOf(ValueType.TEXT), "[]", "Interfaces they are never moved to."),
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
    STACK_BUSY_POLL(
            "stack.busy_poll_micros",
            ValueType.integer(0, 99_999),
            "0",
            "How long the stack looks for packets before it sleeps, while they come that often (us): a processor for time."),
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
    STACK_HOP_LIMIT(
            "stack.hop_limit", ValueType.integer(1, 255), "64", "TTL or hop limit of every packet the stack sends."),
    STACK_SYN_RETRANSMISSIONS(
            "stack.syn_retransmissions",
            ValueType.integer(1, 30),
            "6",
            "How often an unanswered SYN is sent again: 6 gives a connection up after 123 s, 7 after 183 s."),
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
    RESOLVER_PEER_NAMES(
            "resolver.peer_names",
            ValueType.listOf(ValueType.TEXT),
            "[]",
            "Names of hosts that connect to us and may move while we do: they are looked for there then."),
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
            "",
            "Where they are meanwhile, keys included; its folder must be writable by the daemon's user only. Left out: a"
                    + " file in " + RunFolder.NAME + " for each device and network namespace."),
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

    /** Tables that may stand there more than once, and what each of them is for. */
    private static final Map<String, String> ARRAY_TABLES = Map.of(
            "publish", "a published port",
            "interface", "an interface of which there is something to say",
            "rule", "a rule; the first that fits a connection holds");

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

    /** Whether its table may be there more than once, as {@code [[publish]]}. */
    boolean isInArray() {
        return ARRAY_TABLES.containsKey(table());
    }

    /** The first key of a table that may be there more than once; empty if {@code table} is none. */
    static Optional<ConfigKey> firstInArray(String table) {
        return Arrays.stream(values())
                .filter(k -> k.isInArray() && k.table().equals(table))
                .findFirst();
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
                        .append(array ? "# One such table for " + ARRAY_TABLES.get(table) + ".\n#[[" : "[")
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
