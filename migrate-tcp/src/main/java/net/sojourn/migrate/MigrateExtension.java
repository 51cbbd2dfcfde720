package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Token;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.migrate.m2.M2Token;
import net.sojourn.migrate.table.Budget;
import net.sojourn.migrate.table.TokenTable;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TcpExtension;

/**
 * Migrate for one stack: makes its connections migratable and moves them. One object for a stack; loop thread only.
 * draft-snoeren-tcp-migrate-00 with the rulings of protocol.md.
 */
public final class MigrateExtension implements TcpExtension {

    private final MigrateSettings settings;
    private final MigrateKeys keys;
    private final RandomSource random;
    private final MigrationListener listener;

    private final TokenTable<Token, Migration> tokens;
    private final TokenTable<M2Token, Migration> m2Tokens;
    private final Map<Long, Migration> connections = new TreeMap<>();
    private final SuspendedConnections suspended;
    private final Budget resets;
    private final Map<MigrateCounter, Long> counts = new EnumMap<>(MigrateCounter.class);
    private int pendingAnswers;
    private PeerLocator locator = PeerLocator.NONE;

    /**
     * @param keys {@link MigrateKeys#pooled} in life, {@link MigrateKeys#onDemand} in tests
     * @param random for jitter, and for numbers and nonces of M2: cryptographic in life
     */
    public MigrateExtension(
            MigrateSettings settings, MigrateKeys keys, RandomSource random, MigrationListener listener) {
        this.settings = settings;
        this.keys = keys;
        this.random = random;
        this.listener = listener;
        this.tokens = new TokenTable<>(settings.limits().maxConnections());
        this.m2Tokens = new TokenTable<>((int) Math.min(
                Integer.MAX_VALUE, (long) PeerTokens.MOST * settings.limits().maxConnections()));
        this.suspended = new SuspendedConnections(settings.limits());
        this.resets = new Budget(settings.limits().resetsPerSecond());
    }

    /** From now on {@code locator} is asked where a peer is that does not answer. */
    public void locatePeersBy(PeerLocator locator) {
        this.locator = locator;
    }

    public MigrateSettings settings() {
        return settings;
    }

    /** The handle of a connection; empty if it is gone, or was opened with the suite off. */
    public Optional<Migration> migrationOf(long connectionId) {
        return Optional.ofNullable(connections.get(connectionId));
    }

    /** Every connection there is, migratable or not, oldest first: a copy. */
    public Collection<Migration> connections() {
        return Collections.unmodifiableCollection(new ArrayList<>(connections.values()));
    }

    public long count(MigrateCounter counter) {
        return counts.getOrDefault(counter, 0L);
    }

    /** How many of the peers' moves are answered and not complete, over all connections. */
    public int pendingHandshakes() {
        return pendingAnswers;
    }

    /** How many connections wait for a path. */
    public int suspendedConnections() {
        return suspended.size();
    }

    /** Octets of text that they hold together. */
    public long suspendedBytes() {
        return suspended.heldBytes();
    }

    @Override
    public int[] claimedKinds() {
        return Stream.of(
                        settings.speaks(Suite.M2) ? M2Option.KIND : 0,
                        settings.speaks(Suite.CLASSIC) ? settings.profile().migrateKind() : 0)
                .filter(kind -> kind != 0)
                .distinct()
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @Override
    public SynClaim claimSyn(SegmentView syn, FourTuple tuple, long nowNanos) {
        Optional<M2Option.Migrate> m2 = settings.speaks(Suite.M2)
                ? M2Option.in(syn)
                        .filter(option -> option instanceof M2Option.Migrate)
                        .map(option -> (M2Option.Migrate) option)
                : Optional.empty();
        if (m2.isPresent()) {
            increment(MigrateCounter.MIGRATE_SYNS_RECEIVED);
            // Silence for whatever is wrong with it: no answer tells a stranger which tokens exist.
            SynClaim claim = requestArrives(m2Tokens.find(M2Token.of(m2.get().token())), syn, tuple, nowNanos);
            return claim == SynClaim.RESET ? SynClaim.DROP : claim;
        }
        Optional<MigrateOption> option = classicOption(syn);
        if (option.isEmpty()) {
            return SynClaim.NOT_OURS;
        }
        increment(MigrateCounter.MIGRATE_SYNS_RECEIVED);
        SynClaim claim = requestArrives(tokens.find(option.get().token()), syn, tuple, nowNanos);
        return claim == SynClaim.RESET ? resetWithinBudget(nowNanos) : claim;
    }

    @Override
    public ConnectionExtension attach(ConnectionControl connection, boolean initiator) {
        if (settings.suites().isEmpty()) {
            return ConnectionExtension.NONE;
        }
        Migration migration = new Migration(this, connection, initiator, new Offer(settings, initiator, keys));
        connections.put(connection.id(), migration);
        return new ConnectionHooks(migration);
    }

    @Override
    public ConnectionExtension thaw(
            ConnectionControl connection, boolean initiator, StateReader state, long downNanos, long nowNanos)
            throws FrozenStateException {
        ConnectionExtension hooks = attach(connection, initiator);
        Migration migration = connections.get(connection.id());
        if (migration == null || state.remaining() == 0) {
            return hooks;
        }
        try {
            migration.thaw(state, downNanos, nowNanos);
        } catch (FrozenStateException e) {
            hooks.closed();
            throw e;
        }
        return hooks;
    }

    /** Only M2 begins without a memory of the SYN: the initiator says again that it speaks it (protocol.md 5.2). */
    @Override
    public byte[] cookieOption(SegmentView syn, int roomBytes) {
        byte[] capable = new M2Option.Capable(settings.early()).encode();
        boolean offered = settings.speaks(Suite.M2)
                && M2Option.in(syn).filter(M2Option.Capable.class::isInstance).isPresent();
        return offered && capable.length <= roomBytes ? capable : ConnectionExtension.NO_OPTION;
    }

    /**
     * Tokens may meet: the request tells whose it is (protocol.md 1.5).
     *
     * @return {@link SynClaim#RESET} if it was made by nobody we know
     */
    private SynClaim requestArrives(List<Migration> named, SegmentView syn, FourTuple tuple, long nowNanos) {
        if (named.isEmpty()) {
            increment(MigrateCounter.UNKNOWN_TOKENS);
            return SynClaim.RESET;
        }
        boolean forged = false;
        for (Migration migration : List.copyOf(named)) {
            switch (migration.exchange().judge(syn, tuple, nowNanos)) {
                case NEW -> {
                    migration.responder().newRequest(syn, tuple, nowNanos);
                    return SynClaim.CONSUMED;
                }
                case REPEATED -> {
                    migration.responder().repeatedRequest(syn, tuple, nowNanos);
                    return SynClaim.CONSUMED;
                }
                case UNFIT -> {
                    refuse(migration, Refusal.OFFSET, syn, tuple, nowNanos);
                    return SynClaim.CONSUMED;
                }
                case STALE -> {}
                case FORGED -> forged = true;
            }
        }
        if (!forged) {
            return SynClaim.DROP;
        }
        increment(MigrateCounter.FORGED_REQUESTS);
        return SynClaim.RESET;
    }

    /** Says no in a way that can be believed, where the suite knows one, within the budget for resets. */
    void refuse(Migration migration, Refusal refusal, SegmentView syn, FourTuple tuple, long nowNanos) {
        Optional<HandshakeSegment> no = migration.exchange().refusal(syn, refusal);
        if (no.isEmpty()) {
            return;
        }
        if (!resets.maySpend(nowNanos)) {
            increment(MigrateCounter.RESETS_WITHHELD);
            return;
        }
        increment(MigrateCounter.REQUESTS_REFUSED);
        migration.responder().sendOnce(no.get(), tuple, nowNanos);
    }

    private SynClaim resetWithinBudget(long nowNanos) {
        if (resets.maySpend(nowNanos)) {
            return SynClaim.RESET;
        }
        increment(MigrateCounter.RESETS_WITHHELD);
        return SynClaim.DROP;
    }

    // --- what the connections ask of the whole

    RandomSource random() {
        return random;
    }

    PeerLocator locator() {
        return locator;
    }

    MigrationListener listener() {
        return listener;
    }

    void increment(MigrateCounter counter) {
        counts.merge(counter, 1L, Long::sum);
    }

    /** The classic Migrate option of a SYN; empty if it has none, or the suite is not spoken. */
    Optional<MigrateOption> classicOption(SegmentView syn) {
        return settings.speaks(Suite.CLASSIC)
                ? MigrateOption.decode(settings.profile(), settings.profile().migrateIn(syn))
                : Optional.empty();
    }

    boolean register(Token token, Migration migration) {
        return register(tokens, token, migration);
    }

    void unregister(Token token, Migration migration) {
        tokens.remove(token, migration);
    }

    boolean register(M2Token token, Migration migration) {
        return register(m2Tokens, token, migration);
    }

    void unregister(M2Token token, Migration migration) {
        m2Tokens.remove(token, migration);
    }

    private static <T> boolean register(TokenTable<T, Migration> table, T token, Migration migration) {
        if (table.isFull()) {
            return false;
        }
        table.add(token, migration);
        return true;
    }

    void forget(Migration migration) {
        connections.remove(migration.connectionId());
    }

    boolean mayAnswerOneMore() {
        return pendingAnswers < settings.limits().maxPendingHandshakes();
    }

    void answerBegun() {
        pendingAnswers++;
    }

    void answerEnded() {
        pendingAnswers--;
    }

    void suspensionBegan(Migration migration, long nowNanos) {
        suspended.add(migration, nowNanos);
    }

    void suspensionEnded(Migration migration) {
        suspended.remove(migration);
    }
}
