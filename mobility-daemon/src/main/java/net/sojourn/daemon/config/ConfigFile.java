package net.sojourn.daemon.config;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import net.sojourn.daemon.config.DaemonSettings.AttachmentSettings;
import net.sojourn.daemon.config.DaemonSettings.DnsSettings;
import net.sojourn.daemon.config.DaemonSettings.Mode;
import net.sojourn.daemon.config.DaemonSettings.PublishedPort;
import net.sojourn.daemon.config.DaemonSettings.RestartSettings;
import net.sojourn.daemon.config.DaemonSettings.UplinkSettings;
import net.sojourn.daemon.config.MoveSettings.Criterion;
import net.sojourn.daemon.config.MoveSettings.InterfaceSettings;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.migrate.Suite;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.EcnMode;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.tun.netlink.LinkKind;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads a configuration in TOML and finds everything that is wrong with it at once. One object for one reading. */
public final class ConfigFile {

    private final String file;
    private final List<ConfigError> errors = new ArrayList<>();

    private ConfigFile(String file) {
        this.file = file;
    }

    /** One table's values by key, defaults included, and where each stands. */
    private record Values(Map<ConfigKey, Object> values, Map<ConfigKey, TomlPosition> places) {}

    /**
     * @throws IOException if the file cannot be read
     * @throws ConfigException with all that is wrong
     */
    public static DaemonSettings read(Path path) throws IOException, ConfigException {
        return parse(Files.readString(path), path.toString());
    }

    /** @param file for messages */
    public static DaemonSettings parse(String toml, String file) throws ConfigException {
        return new ConfigFile(file).settings(toml);
    }

    private DaemonSettings settings(String toml) throws ConfigException {
        refuseControlCharacters(toml);
        TomlParseResult root = Toml.parse(toml);
        root.errors().forEach(e -> {
            TomlPosition at = e.position();
            errors.add(new ConfigError(file, at.line(), at.column(), "", e.getMessage() + "; write it as TOML 1.0"));
        });
        if (!errors.isEmpty()) {
            throw new ConfigException(errors);
        }
        Values values = new Values(new EnumMap<>(ConfigKey.class), new EnumMap<>(ConfigKey.class));
        Map<String, List<Values>> arrays = new LinkedHashMap<>();
        for (String name : root.keySet()) {
            readTable(root, name, values, arrays);
        }
        addDefaults(values, key -> !key.isInArray());
        arrays.forEach((table, tables) ->
                tables.forEach(one -> addDefaults(one, key -> key.table().equals(table))));
        DaemonSettings settings = combine(values, arrays);
        if (settings == null || !errors.isEmpty()) {
            errors.sort(Comparator.comparingInt((ConfigError e) -> e.line() == 0 ? Integer.MAX_VALUE : e.line())
                    .thenComparingInt(ConfigError::column));
            throw new ConfigException(errors);
        }
        return settings;
    }

    /** TOML 1.0 has none but tab and ends of lines; the parser is not made for the others. */
    private void refuseControlCharacters(String toml) throws ConfigException {
        int line = 1;
        int column = 0;
        for (int i = 0; i < toml.length(); i++) {
            char c = toml.charAt(i);
            boolean endsLine = c == '\r' && toml.startsWith("\n", i + 1);
            column++;
            if (c == '\n') {
                line++;
                column = 0;
            } else if (c < ' ' && c != '\t' && !endsLine || c == 0x7F) {
                String name = String.format(Locale.ROOT, "U+%04X", (int) c);
                errors.add(new ConfigError(
                        file, line, column, "", "control character " + name + "; remove it, or write \\u in a string"));
                throw new ConfigException(errors);
            }
        }
    }

    private void readTable(TomlTable root, String name, Values values, Map<String, List<Values>> arrays) {
        Object content = root.get(List.of(name));
        TomlPosition place = position(root, name);
        Optional<ConfigKey> inArray = ConfigKey.firstInArray(name);
        boolean array = inArray.isPresent();
        if (!ConfigKey.tables().contains(name)) {
            if (content instanceof TomlTable table && !table.keySet().isEmpty()) {
                table.keySet().forEach(key -> unknown(position(table, key), name + "." + key));
            } else {
                unknown(place, name);
            }
        } else if (array
                && content instanceof TomlArray tables
                && tables.toList().stream().allMatch(TomlTable.class::isInstance)) {
            for (int i = 0; i < tables.size(); i++) {
                Values one = new Values(new EnumMap<>(ConfigKey.class), new EnumMap<>(ConfigKey.class));
                readKeys(tables.getTable(i), name, one);
                one.places().putIfAbsent(inArray.orElseThrow(), tables.inputPositionOf(i));
                arrays.computeIfAbsent(name, absent -> new ArrayList<>()).add(one);
            }
        } else if (!array && content instanceof TomlTable table) {
            readKeys(table, name, values);
        } else {
            error(place, name, "is no table; write " + (array ? "[[" + name + "]]" : "[" + name + "]"));
        }
    }

    private void readKeys(TomlTable table, String tableName, Values values) {
        for (String name : table.keySet()) {
            String dotted = tableName + "." + name;
            TomlPosition place = position(table, name);
            Optional<ConfigKey> known = ConfigKey.of(dotted);
            Object content = table.get(List.of(name));
            if (known.isEmpty() || content == null) {
                unknown(place, dotted);
                continue;
            }
            values.places().put(known.get(), place);
            try {
                values.values().put(known.get(), known.get().type().read(content));
            } catch (IllegalArgumentException e) {
                error(place, dotted, String.valueOf(e.getMessage()));
            }
        }
    }

    /** Where a value was wrong its default stands in, so that the search for further errors can go on. */
    private static void addDefaults(Values values, Predicate<ConfigKey> belongs) {
        for (ConfigKey key : ConfigKey.values()) {
            if (belongs.test(key)
                    && !key.defaultToml().isEmpty()
                    && !values.values().containsKey(key)) {
                Object content = Toml.parse("v = " + key.defaultToml()).get("v");
                if (content != null) {
                    values.values().put(key, key.type().read(content));
                }
            }
        }
    }

    private @Nullable DaemonSettings combine(Values v, Map<String, List<Values>> arrays) {
        AttachmentSettings attachment = attachment(v);
        Optional<DnsSettings> dns = dns(v);
        List<PublishedPort> ports = published(tables(arrays, ConfigKey.PUBLISH_PORT));
        MoveSettings move = move(v, arrays);
        Optional<InetSocketAddress> socks5 = socks5(v);
        if (!errors.isEmpty()) {
            return null;
        }
        return new DaemonSettings(
                attachment,
                new UplinkSettings(texts(v, ConfigKey.UPLINKS_INCLUDE), texts(v, ConfigKey.UPLINKS_EXCLUDE)),
                value(v, ConfigKey.CONTROL_SOCKET, Path.class),
                migrate(v),
                move,
                stack(v, attachment),
                socks5,
                ports,
                dns,
                list(v, ConfigKey.RESOLVER_SERVERS, InetSocketAddress.class),
                new RestartSettings(
                        value(v, ConfigKey.RESTART_KEEP, Boolean.class),
                        optional(v, ConfigKey.RESTART_STATE_FILE, Path.class),
                        value(v, ConfigKey.RESTART_GUARD, Integer.class)),
                texts(v, ConfigKey.RESOLVER_PEER_NAMES),
                optional(v, ConfigKey.DEBUG_PCAP, Path.class),
                text(v, ConfigKey.LOG_LEVEL));
    }

    private AttachmentSettings attachment(Values v) {
        Mode mode = text(v, ConfigKey.ATTACHMENT_MODE).equals(Mode.ROUTED.word()) ? Mode.ROUTED : Mode.HOST_ADDRESS;
        List<IpAddress> addresses = list(v, ConfigKey.ATTACHMENT_ADDRESSES, IpAddress.class);
        boolean wrong = errors.stream().anyMatch(e -> e.key().startsWith("attachment."));
        if (!wrong && mode == Mode.ROUTED && addresses.isEmpty()) {
            error(v, ConfigKey.ATTACHMENT_ADDRESSES, "mode routed needs addresses; name at least one");
        }
        if (!wrong && mode == Mode.HOST_ADDRESS && !addresses.isEmpty()) {
            error(v, ConfigKey.ATTACHMENT_ADDRESSES, "belongs to mode routed; remove it, or set mode = \"routed\"");
        }
        String tun = text(v, ConfigKey.ATTACHMENT_TUN);
        if (!tun.matches("[A-Za-z0-9_.-]{1,15}")) {
            error(
                    v,
                    ConfigKey.ATTACHMENT_TUN,
                    "\"" + tun + "\" is no name of a device; use 1 to 15 letters and digits");
        }
        int first = value(v, ConfigKey.ATTACHMENT_FIRST_PORT, Integer.class);
        int last = value(v, ConfigKey.ATTACHMENT_LAST_PORT, Integer.class);
        if (!wrong && first > last) {
            error(v, ConfigKey.ATTACHMENT_FIRST_PORT, first + " lies above last_port " + last + "; exchange them");
        }
        return new AttachmentSettings(mode, tun, addresses, first, last);
    }

    private static MigrateSettings migrate(Values v) {
        return MigrateSettings.defaults()
                .withSuites(suites(text(v, ConfigKey.MIGRATE_SUITE)))
                .withProfile(text(v, ConfigKey.MIGRATE_PROFILE).equals("paper") ? Profile.PAPER : Profile.EXID)
                .withTraversal(value(v, ConfigKey.MIGRATE_TRAVERSAL, Boolean.class))
                .withRequire(value(v, ConfigKey.MIGRATE_REQUIRE, Boolean.class))
                .withWaitNanos(nanos(v, ConfigKey.MIGRATE_WAIT))
                .withResumeWindowNanos(nanos(v, ConfigKey.MIGRATE_RESUME_WINDOW))
                .withLimits(new Limits(
                        Limits.DEFAULT.maxMoves(),
                        Limits.DEFAULT.resetsPerSecond(),
                        value(v, ConfigKey.MIGRATE_MAX_SUSPENDED, Integer.class),
                        Limits.DEFAULT.maxPendingHandshakes(),
                        Limits.DEFAULT.maxConnections(),
                        value(v, ConfigKey.MIGRATE_MAX_SUSPENDED_BYTES, Integer.class)));
    }

    private static List<Suite> suites(String offered) {
        return switch (offered) {
            case "m2" -> List.of(Suite.M2, Suite.CLASSIC);
            case "classic" -> List.of(Suite.CLASSIC);
            default -> List.of();
        };
    }

    private static StackSettings stack(Values v, AttachmentSettings attachment) {
        return StackSettings.defaults().toBuilder()
                .congestionControl(StackSettings.congestionControlNamed(text(v, ConfigKey.STACK_CONGESTION_CONTROL)))
                .receiveBufferBytes(value(v, ConfigKey.STACK_RECEIVE_BUFFER, Integer.class))
                .sendBufferBytes(value(v, ConfigKey.STACK_SEND_BUFFER, Integer.class))
                .memoryBudgetBytes(value(v, ConfigKey.STACK_MEMORY_BUDGET, Integer.class))
                .ecn(EcnMode.valueOf(text(v, ConfigKey.STACK_ECN).toUpperCase(Locale.ROOT)))
                .pacing(value(v, ConfigKey.STACK_PACING, Boolean.class))
                .busyPoll(Duration.of(value(v, ConfigKey.STACK_BUSY_POLL, Integer.class), ChronoUnit.MICROS))
                .userTimeout(Duration.ofSeconds(value(v, ConfigKey.STACK_USER_TIMEOUT, Integer.class)))
                .pathMtuProbing(value(v, ConfigKey.STACK_MTU_PROBING, Boolean.class))
                .hopLimit(value(v, ConfigKey.STACK_HOP_LIMIT, Integer.class))
                .maxSynRetransmissions(value(v, ConfigKey.STACK_SYN_RETRANSMISSIONS, Integer.class))
                .firstEphemeralPort(attachment.firstPort())
                .lastEphemeralPort(attachment.lastPort())
                .build();
    }

    private Optional<InetSocketAddress> socks5(Values v) {
        if (!value(v, ConfigKey.SOCKS5_ENABLED, Boolean.class)) {
            return Optional.empty();
        }
        InetSocketAddress listen = value(v, ConfigKey.SOCKS5_LISTEN, InetSocketAddress.class);
        if (!listen.getAddress().isLoopbackAddress() && !value(v, ConfigKey.SOCKS5_ALLOW_REMOTE, Boolean.class)) {
            error(
                    v,
                    ConfigKey.SOCKS5_LISTEN,
                    listen.getAddress().getHostAddress()
                            + " is no loopback address, so strangers could use it; choose 127.0.0.1 or [::1], or set"
                            + " socks5.allow_remote = true");
        }
        return Optional.of(listen);
    }

    private List<PublishedPort> published(List<Values> published) {
        List<PublishedPort> ports = new ArrayList<>();
        Set<Integer> taken = new HashSet<>();
        for (Values one : published) {
            Optional<Integer> port = required(one, ConfigKey.PUBLISH_PORT, Integer.class);
            Optional<InetSocketAddress> to = required(one, ConfigKey.PUBLISH_TO, InetSocketAddress.class);
            if (port.isPresent() && !taken.add(port.get())) {
                error(one, ConfigKey.PUBLISH_PORT, port.get() + " is published twice; remove one of them");
            }
            if (port.isPresent() && to.isPresent()) {
                ports.add(new PublishedPort(port.get(), to.get(), list(one, ConfigKey.PUBLISH_SOURCES, Prefix.class)));
            }
        }
        return List.copyOf(ports);
    }

    private static List<Values> tables(Map<String, List<Values>> arrays, ConfigKey anyKey) {
        return arrays.getOrDefault(anyKey.table(), List.of());
    }

    // ---- moves

    private MoveSettings move(Values v, Map<String, List<Values>> arrays) {
        long dampingMaxNanos = nanos(v, ConfigKey.MOVE_DAMPING_MAX);
        long dampingNanos = millis(v, ConfigKey.MOVE_DAMPING);
        if (dampingNanos > dampingMaxNanos) {
            error(
                    v,
                    ConfigKey.MOVE_DAMPING,
                    "is more than move.damping_max_seconds, which it grows to; lower it or raise that");
        }
        return new MoveSettings(
                texts(v, ConfigKey.MOVE_PREFER).stream()
                        .map(word -> Criterion.valueOf(word.toUpperCase(Locale.ROOT)))
                        .distinct()
                        .toList(),
                texts(v, ConfigKey.MOVE_KINDS).stream()
                        .map(ConfigFile::linkKind)
                        .distinct()
                        .toList(),
                millis(v, ConfigKey.MOVE_BETTER_FOR),
                dampingNanos,
                dampingMaxNanos,
                nanos(v, ConfigKey.MOVE_CALM),
                nanos(v, ConfigKey.MOVE_AWAKE),
                interfaces(tables(arrays, ConfigKey.INTERFACE_NAME)),
                rules(tables(arrays, ConfigKey.RULE_NAME)));
    }

    private static LinkKind linkKind(String word) {
        return LinkKind.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private List<InterfaceSettings> interfaces(List<Values> tables) {
        List<InterfaceSettings> interfaces = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (Values one : tables) {
            Optional<String> name = required(one, ConfigKey.INTERFACE_NAME, String.class);
            if (name.isPresent() && !named.add(name.get())) {
                error(one, ConfigKey.INTERFACE_NAME, "\"" + name.get() + "\" is there twice; join the tables");
            }
            name.ifPresent(known -> interfaces.add(new InterfaceSettings(
                    known,
                    optional(one, ConfigKey.INTERFACE_KIND, String.class).map(ConfigFile::linkKind),
                    optional(one, ConfigKey.INTERFACE_METERED, Boolean.class),
                    value(one, ConfigKey.INTERFACE_METRIC, Integer.class),
                    value(one, ConfigKey.INTERFACE_NEVER, Boolean.class))));
        }
        return List.copyOf(interfaces);
    }

    private List<Rule> rules(List<Values> tables) {
        List<Rule> rules = new ArrayList<>();
        for (Values one : tables) {
            Optional<String> name = required(one, ConfigKey.RULE_NAME, String.class);
            Optional<Place> pin = optional(one, ConfigKey.RULE_PIN, Place.class);
            List<Place> prefer = list(one, ConfigKey.RULE_PREFER, Place.class);
            Set<String> never = Set.copyOf(texts(one, ConfigKey.RULE_NEVER));
            if (pin.isPresent() && never.contains(pin.get().text())) {
                error(one, ConfigKey.RULE_PIN, pin.get() + " is in rule.never as well; remove one of them");
            }
            boolean silent = pin.isEmpty() && prefer.isEmpty() && never.isEmpty();
            if (silent && !one.places().containsKey(ConfigKey.RULE_PIN) && name.isPresent()) {
                error(one, ConfigKey.RULE_NAME, "\"" + name.get() + "\" says nothing; give it pin, prefer or never");
            }
            name.ifPresent(known -> rules.add(new Rule(
                    known,
                    list(one, ConfigKey.RULE_PEERS, Prefix.class),
                    list(one, ConfigKey.RULE_PORTS, Integer.class),
                    optional(one, ConfigKey.RULE_ENTRY, String.class)
                            .map(word -> Entry.valueOf(word.toUpperCase(Locale.ROOT))),
                    pin,
                    prefer,
                    never)));
        }
        return List.copyOf(rules);
    }

    private Optional<DnsSettings> dns(Values v) {
        List<String> names = texts(v, ConfigKey.DNS_NAMES);
        if (names.isEmpty()) {
            return Optional.empty();
        }
        return required(v, ConfigKey.DNS_KEY_FILE, Path.class)
                .map(keyFile -> new DnsSettings(
                        names,
                        optional(v, ConfigKey.DNS_ZONE, String.class),
                        list(v, ConfigKey.DNS_SERVERS, InetSocketAddress.class),
                        keyFile,
                        value(v, ConfigKey.DNS_TTL, Integer.class),
                        optional(v, ConfigKey.DNS_OWNER, String.class),
                        value(v, ConfigKey.DNS_TAKE_OVER, Boolean.class),
                        value(v, ConfigKey.DNS_STATE_FILE, Path.class)));
    }

    // ---- values

    private <T> Optional<T> required(Values v, ConfigKey key, Class<T> type) {
        Optional<T> found = optional(v, key, type);
        boolean reported = errors.stream().anyMatch(e -> e.key().equals(key.key()));
        if (found.isEmpty() && !reported) {
            error(v, key, "is missing; add " + key.nameInTable() + " (" + key.typeWords() + ")");
        }
        return found;
    }

    private static <T> Optional<T> optional(Values v, ConfigKey key, Class<T> type) {
        return Optional.ofNullable(v.values().get(key)).map(type::cast);
    }

    private static <T> T value(Values v, ConfigKey key, Class<T> type) {
        return optional(v, key, type).orElseThrow();
    }

    private static String text(Values v, ConfigKey key) {
        return value(v, key, String.class);
    }

    private static List<String> texts(Values v, ConfigKey key) {
        return list(v, key, String.class);
    }

    private static <T> List<T> list(Values v, ConfigKey key, Class<T> type) {
        List<?> elements = value(v, key, List.class);
        return elements.stream().<T>map(type::cast).toList();
    }

    private static long millis(Values v, ConfigKey key) {
        return Duration.ofMillis(value(v, key, Integer.class)).toNanos();
    }

    private static long nanos(Values v, ConfigKey key) {
        return Duration.ofSeconds(value(v, key, Integer.class)).toNanos();
    }

    // ---- errors

    private void unknown(@Nullable TomlPosition place, String key) {
        error(place, key, "unknown key; did you mean " + ConfigKey.nearest(key).key() + "?");
    }

    private void error(Values v, ConfigKey key, String problem) {
        error(v.places().get(key), key.key(), problem);
    }

    private void error(@Nullable TomlPosition place, String key, String problem) {
        errors.add(new ConfigError(
                file, place == null ? 0 : place.line(), place == null ? 0 : place.column(), key, problem));
    }

    private static @Nullable TomlPosition position(TomlTable table, String name) {
        return table.inputPositionOf(List.of(name));
    }
}
