package net.sojourn.migrate;

import static net.sojourn.migrate.Pair.FIRST;
import static net.sojourn.migrate.Pair.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.migrate.classic.Token;
import net.sojourn.migrate.table.Budget;
import net.sojourn.migrate.table.TokenTable;
import net.sojourn.stack.spi.TcpExtension.SynClaim;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole stack's side: tokens, limits, hostile SYNs. */
class ExtensionTest {

    /** A SYN without a well-formed Migrate option is an ordinary SYN. */
    @Test
    void otherSynsAreNotClaimed() {
        Pair pair = Pair.established();
        FakeSyn ordinary = FakeSyn.ordinary();
        assertEquals(SynClaim.NOT_OURS, claim(pair, ordinary.options()));
        Pair.closed(MigrateSettings.classic()).mobile.connection.hooks.writeSyn(ordinary, 0);
        assertEquals(SynClaim.NOT_OURS, claim(pair, ordinary.options()));
        byte[] shortOne = {(byte) 253, 20, 0x4D, 0x52, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertEquals(SynClaim.NOT_OURS, claim(pair, shortOne));
    }

    /** protocol.md 1.5: where two connections share a token, the request tells whose the SYN is. */
    @Test
    void sharedTokenIsToldApartByTheRequest() {
        TokenTable<Token, String> table = new TokenTable<>(10);
        Token token = new Token(5);
        table.add(token, "one");
        table.add(token, "two");
        assertEquals(2, table.find(token).size());
        table.remove(token, "one");
        assertEquals("two", table.find(token).get(0));
        table.remove(token, "two");
        table.remove(token, "two");
        assertEquals(0, table.size());
        assertTrue(table.find(token).isEmpty());
    }

    /** protocol.md 1.5, in the extension: a second connection under the same token does not shadow the first. */
    @Test
    void collisionDoesNotShadowTheOwner() {
        Pair.Many many = Pair.Many.established(MigrateSettings.classic(), new FakeClock(), 2);
        Migration first = many.migrations().get(0);
        Migration second = many.migrations().get(1);
        Token token = Pair.secretOf(second).token();
        many.extension().register(token, first);
        many.extension().unregister(token, second);
        many.extension().register(token, second); // now "first" is asked before the owner
        MigrateOption option =
                new MigrateOption(false, 1, token, Pair.secretOf(second).request(2_000, 1));
        TestSegment syn = new TestSegment(2_000, 0, SYN, 100, 0, option.encode(Profile.EXID));
        SynClaim claim = many.extension()
                .claimSyn(
                        syn,
                        FIRST.reversed().withPeer(Pair.AWAY, 9),
                        many.clock().nowNanos());
        assertEquals(SynClaim.CONSUMED, claim);
        assertEquals(MigrationState.NONE, first.state());
        assertEquals(MigrationState.SYN_RCVD, second.state());
    }

    /** The table is bounded; a connection beyond it is plain TCP. */
    @Test
    void fullTableMakesPlainTcp() {
        MigrateSettings settings = MigrateSettings.classic().withLimits(new Limits(64, 10, 10, 10, 1));
        Pair.Many many = Pair.Many.established(settings, new FakeClock(), 2);
        assertTrue(many.migrations().get(0).isNegotiated());
        assertFalse(many.migrations().get(1).isNegotiated());
        assertFalse(many.migrations().get(1).isMigratable());
    }

    /** A closed connection leaves the books; its secret is wiped. */
    @Test
    void closedConnectionIsForgotten() {
        Pair pair = Pair.established();
        ConnectionSecret secret = Pair.secretOf(pair.fixed.migration);
        pair.fixed.connection.hooks.closed();
        assertTrue(pair.fixed.extension.migrationOf(1).isEmpty());
        assertEquals(
                IllegalStateException.class,
                org.junit.jupiter.api.Assertions.assertThrows(IllegalStateException.class, () -> secret.request(1, 1))
                        .getClass());
    }

    /** Any SYN whatever: an answer and no error, and the connection stays where it is. Both profiles. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void randomSynsMoveNothing(Profile profile) {
        long seed = 42;
        Random random = new Random(seed);
        Pair pair = Pair.established(MigrateSettings.classic().withProfile(profile));
        Token token = Pair.secretOf(pair.fixed.migration).token();
        for (int i = 0; i < 50_000; i++) {
            byte[] options = new byte[random.nextInt(41)];
            random.nextBytes(options);
            if (options.length >= profile.migrateOctets() && random.nextBoolean()) {
                Token named = random.nextBoolean() ? token : new Token(random.nextLong());
                MigrateOption option = new MigrateOption(
                        random.nextBoolean(),
                        random.nextInt(128),
                        named,
                        new net.sojourn.migrate.classic.Request(random.nextLong()));
                System.arraycopy(option.encode(profile), 0, options, 0, profile.migrateOctets());
            }
            TestSegment syn = new TestSegment(random.nextInt(), 0, SYN, random.nextInt(65_536), 0, options);
            pair.fixed.synArrives(FIRST.withLocal(Pair.AWAY, 1 + random.nextInt(65_535)), syn);
            pair.clock.advanceMillis(1);
        }
        assertTrue(pair.fixed.count(MigrateCounter.FORGED_REQUESTS) > 1_000, "seed " + seed);
        assertEquals(FIRST.reversed(), pair.fixed.connection.tuple, "seed " + seed);
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertTrue(pair.fixed.connection.sent.isEmpty());
    }

    /** Any segments whatever while a move is under way: nobody without the numbers ends or takes it. */
    @Test
    void randomSegmentsDoNotCompleteAMove() {
        long seed = 43;
        Random random = new Random(seed);
        Pair pair = Pair.established();
        pair.mobile.move(Pair.AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        for (int i = 0; i < 50_000; i++) {
            byte[] options = new byte[random.nextInt(11)];
            random.nextBytes(options);
            int ack = random.nextInt();
            TestSegment segment =
                    new TestSegment(random.nextInt(), ack, random.nextInt(256), 1, random.nextInt(3), options);
            boolean guessed = Math.abs(ack - 1_001) < 2 || Math.abs(ack - 5_001) < 2;
            if (!guessed) {
                pair.fixed.arrives(FIRST.withLocal(Pair.AWAY, 40_000), segment);
                pair.mobile.arrives(FIRST.withLocal(Pair.AWAY, 40_000).reversed(), segment);
            }
        }
        assertEquals(MigrationState.SYN_SENT, pair.mobile.migration.state(), "seed " + seed);
        assertEquals(MigrationState.SYN_RCVD, pair.fixed.migration.state(), "seed " + seed);
    }

    /** A budget is of each second, whatever the clock shows when it begins. */
    @Test
    void budgetBeginsAnewEachSecond() {
        long start = -5_000_000_000_000L;
        Budget budget = new Budget(2);
        assertTrue(budget.maySpend(start));
        assertTrue(budget.maySpend(start + 1));
        assertFalse(budget.maySpend(start + 999_999_999));
        assertTrue(budget.maySpend(start + 1_000_000_000));
        assertFalse(new Budget(0).maySpend(start));
    }

    private static SynClaim claim(Pair pair, byte[] options) {
        return pair.fixed.synArrives(FIRST, new TestSegment(1, 0, SYN, 1, 0, options));
    }
}
