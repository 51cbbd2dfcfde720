package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.FakeConnection.Sent;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.crypto.SeededRandom;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TcpExtension.SynClaim;

/** Two ends of one connection that have agreed to Migrate: {@code mobile} opened it. Segments are carried by hand. */
final class Pair {

    static final IpAddress HOME = IpAddress.parse("10.1.0.1");
    static final IpAddress AWAY = IpAddress.parse("10.2.0.1");
    static final IpAddress FARTHER = IpAddress.parse("10.3.0.1");
    static final IpAddress FIXED = IpAddress.parse("10.9.0.1");
    static final FourTuple FIRST = new FourTuple(HOME, 40_000, FIXED, 80);

    static final class End {

        final List<MigrationEvent> events = new ArrayList<>();
        final MigrateExtension extension;
        final FakeClock clock;
        FakeConnection connection;
        Migration migration;

        End(MigrateSettings settings, FakeClock clock, boolean initiator) {
            this.clock = clock;
            SeededRandom random = new SeededRandom(initiator ? 1 : 2);
            extension = new MigrateExtension(
                    settings, MigrateKeys.onDemand(random), random, (m, event, now) -> events.add(event));
            connection = initiator
                    ? new FakeConnection(clock, 1, FIRST, 1_000, 5_000)
                    : new FakeConnection(clock, 1, FIRST.reversed(), 5_000, 1_000);
            connection.hooks = extension.attach(connection, initiator);
            migration = extension.migrationOf(1).orElseThrow();
        }

        /** A SYN without ACK arrives; {@code at} is as its sender sees it. */
        SynClaim synArrives(FourTuple at, TestSegment syn) {
            return extension.claimSyn(syn, at.reversed(), clock.nowNanos());
        }

        SynClaim synArrives(Sent syn) {
            return synArrives(syn.tuple(), TestSegment.of(syn.segment()));
        }

        Passage arrives(Sent segment) {
            return connection.arrives(segment.tuple().reversed(), TestSegment.of(segment.segment()));
        }

        Passage arrives(FourTuple at, TestSegment segment) {
            return connection.arrives(at.reversed(), segment);
        }

        long count(MigrateCounter counter) {
            return extension.count(counter);
        }

        <E extends MigrationEvent> List<E> events(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        MoveOutcome move(IpAddress to) {
            return migration.move(to, clock.nowNanos());
        }

        /** The last segment with these flags. */
        Sent lastSent(int flags) {
            for (int i = connection.sent.size() - 1; i >= 0; i--) {
                if (connection.sent.get(i).segment().flags() == flags) {
                    return connection.sent.get(i);
                }
            }
            throw new AssertionError("nothing with flags " + flags + " was sent: " + connection.sent);
        }

        long sentWith(int flags) {
            return connection.sent.stream()
                    .filter(s -> s.segment().flags() == flags)
                    .count();
        }
    }

    static final int SYN = SegmentView.SYN;
    static final int SYN_ACK = SegmentView.SYN | SegmentView.ACK;
    static final int ACK = SegmentView.ACK;
    static final int RST = SegmentView.RST;

    final FakeClock clock = new FakeClock();
    final End mobile;
    final End fixed;

    private Pair(MigrateSettings settings) {
        mobile = new End(settings, clock, true);
        fixed = new End(settings, clock, false);
    }

    /** Established, the option exchanged. */
    static Pair established(MigrateSettings settings) {
        Pair pair = new Pair(settings);
        pair.exchangeSyns();
        pair.mobile.connection.state = TcpState.ESTABLISHED;
        pair.fixed.connection.state = TcpState.ESTABLISHED;
        pair.mobile.connection.hooks.established(pair.clock.nowNanos());
        pair.fixed.connection.hooks.established(pair.clock.nowNanos());
        return pair;
    }

    static Pair established() {
        return established(MigrateSettings.classic());
    }

    /** Before the first SYN. */
    static Pair closed(MigrateSettings settings) {
        return new Pair(settings);
    }

    /** Both SYNs, each once; returns nothing: the ends have seen each other's. */
    void exchangeSyns() {
        FakeSyn syn = FakeSyn.ordinary();
        mobile.connection.hooks.writeSyn(syn, 0);
        fixed.connection.hooks.synArrived(new TestSegment(1_000, 0, SYN, 65_535, 0, syn.options()));
        FakeSyn synAck = FakeSyn.ordinary();
        fixed.connection.hooks.writeSyn(synAck, 0);
        mobile.connection.hooks.synArrived(new TestSegment(5_000, 1_001, SYN_ACK, 65_535, 0, synAck.options()));
    }

    /** {@code mover} moves to {@code to}, nothing is lost. */
    void completeMove(End mover, End peer, IpAddress to) {
        mover.move(to);
        peer.synArrives(mover.lastSent(SYN));
        mover.arrives(peer.lastSent(SYN_ACK));
        peer.arrives(mover.lastSent(ACK));
    }

    static ConnectionSecret secretOf(Migration migration) {
        return ((ClassicExchange) migration.exchange()).secret();
    }

    static MigrateExtension extension(MigrateSettings settings) {
        SeededRandom random = new SeededRandom(9);
        return new MigrateExtension(settings, MigrateKeys.onDemand(random), random, MigrationListener.NONE);
    }

    /** Several accepted connections of one host. */
    record Many(
            MigrateExtension extension, FakeClock clock, List<FakeConnection> connections, List<Migration> migrations) {

        static Many established(MigrateSettings settings, FakeClock clock, int count) {
            MigrateExtension peers = Pair.extension(settings);
            MigrateExtension host = Pair.extension(settings);
            List<FakeConnection> connections = new ArrayList<>();
            List<Migration> migrations = new ArrayList<>();
            for (int id = 1; id <= count; id++) {
                FourTuple tuple = FIRST.withLocal(HOME, 40_000 + id);
                FakeConnection peer = new FakeConnection(clock, id, tuple, 1_000, 5_000);
                FakeSyn syn = FakeSyn.ordinary();
                peers.attach(peer, true).writeSyn(syn, 0);
                FakeConnection connection = new FakeConnection(clock, id, tuple.reversed(), 5_000, 1_000);
                connection.hooks = host.attach(connection, false);
                connection.hooks.synArrived(new TestSegment(1_000, 0, SYN, 65_535, 0, syn.options()));
                connection.hooks.writeSyn(FakeSyn.ordinary(), 0);
                connection.state = TcpState.ESTABLISHED;
                connection.hooks.established(clock.nowNanos());
                connections.add(connection);
                migrations.add(host.migrationOf(id).orElseThrow());
            }
            return new Many(host, clock, connections, migrations);
        }
    }
}
