package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import net.sojourn.migrate.classic.ClassicNegotiation;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Token;
import net.sojourn.migrate.crypto.KeySource;
import net.sojourn.migrate.table.Budget;
import net.sojourn.migrate.table.TokenTable;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TcpExtension;

/**
 * Migrate for one stack: makes its connections migratable and moves them. One object for a stack; loop thread only.
 * draft-snoeren-tcp-migrate-00 with the rulings of protocol.md.
 */
public final class MigrateExtension implements TcpExtension {

    private final MigrateSettings settings;
    private final KeySource keys;
    private final RandomSource random;
    private final MigrationListener listener;

    private final TokenTable<Migration> tokens;
    private final Map<Long, Migration> connections = new TreeMap<>();
    private final Set<Migration> suspended = new LinkedHashSet<>();
    private final Budget resets;
    private final Map<MigrateCounter, Long> counts = new EnumMap<>(MigrateCounter.class);
    private int pendingAnswers;

    /**
     * @param keys of curve P-192: {@link net.sojourn.migrate.crypto.KeyPool} in life, {@link KeySource#onDemand} in tests
     * @param random for jitter
     */
    public MigrateExtension(MigrateSettings settings, KeySource keys, RandomSource random, MigrationListener listener) {
        this.settings = settings;
        this.keys = keys;
        this.random = random;
        this.listener = listener;
        this.tokens = new TokenTable<>(settings.limits().maxConnections());
        this.resets = new Budget(settings.limits().resetsPerSecond());
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

    @Override
    public int[] claimedKinds() {
        return settings.suite() == Suite.OFF
                ? new int[0]
                : new int[] {settings.profile().migrateKind()};
    }

    @Override
    public SynClaim claimSyn(SegmentView syn, FourTuple tuple, long nowNanos) {
        Optional<MigrateOption> option = settings.suite() == Suite.OFF
                ? Optional.empty()
                : MigrateOption.decode(settings.profile(), settings.profile().migrateIn(syn));
        if (option.isEmpty()) {
            return SynClaim.NOT_OURS;
        }
        increment(MigrateCounter.MIGRATE_SYNS_RECEIVED);
        List<Migration> named = tokens.find(option.get().token());
        if (named.isEmpty()) {
            increment(MigrateCounter.UNKNOWN_TOKENS);
            return resetWithinBudget(nowNanos);
        }
        return requestArrives(named, option.get(), syn, tuple, nowNanos);
    }

    @Override
    public ConnectionExtension attach(ConnectionControl connection, boolean initiator) {
        if (settings.suite() == Suite.OFF) {
            return ConnectionExtension.NONE;
        }
        ClassicNegotiation negotiation =
                new ClassicNegotiation(settings.profile(), initiator, settings.nonSecureForTests(), keys);
        Migration migration = new Migration(this, connection, initiator, negotiation);
        connections.put(connection.id(), migration);
        return migration.new Hooks();
    }

    /** Tokens may meet: the request tells whose it is (protocol.md 1.5). */
    private SynClaim requestArrives(
            List<Migration> named, MigrateOption option, SegmentView syn, FourTuple tuple, long nowNanos) {
        boolean forged = false;
        for (Migration migration : named) {
            switch (migration.responder().judge(syn, option, nowNanos)) {
                case NEW -> {
                    migration.responder().newRequest(syn, tuple, option, nowNanos);
                    return SynClaim.CONSUMED;
                }
                case REPEATED -> {
                    migration.responder().repeatedRequest(tuple, nowNanos);
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
        return resetWithinBudget(nowNanos);
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

    MigrationListener listener() {
        return listener;
    }

    void increment(MigrateCounter counter) {
        counts.merge(counter, 1L, Long::sum);
    }

    boolean register(Token token, Migration migration) {
        if (tokens.isFull()) {
            return false;
        }
        tokens.add(token, migration);
        return true;
    }

    void unregister(Token token, Migration migration) {
        tokens.remove(token, migration);
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
        suspended.add(migration);
        if (suspended.size() > settings.limits().maxSuspended()) {
            suspended.iterator().next().giveUp(nowNanos);
        }
    }

    void suspensionEnded(Migration migration) {
        suspended.remove(migration);
    }
}
