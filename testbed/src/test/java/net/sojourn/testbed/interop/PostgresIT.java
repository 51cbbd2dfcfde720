package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.netns.HostProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/** PostgreSQL's JDBC driver over the stack's sockets, to PostgreSQL over the kernel's. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class PostgresIT {

    private static final int ROWS = 50_000;

    private InteropBed bed;
    private HostProcess server;

    @BeforeEach
    void makeBed() throws IOException {
        bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
        StackSocketFactory.use(bed);
        server = Services.postgres(bed.peer());
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try (InteropBed ending = bed) {
            ending.assertNothingLeft();
        }
    }

    private static Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("socketFactory", StackSocketFactory.class.getName());
        properties.setProperty("sslmode", "disable");
        properties.setProperty("tcpKeepAlive", "true");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + Family.IPV4.near + ":" + Services.POSTGRES_PORT + "/postgres", properties);
    }

    @Test
    void tableGoesInAndComesOutAsItWas() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create table t (id int primary key, name text)");
            String rows = IntStream.range(0, ROWS)
                    .mapToObj(i -> i + "\t" + Integer.toHexString(i * 7919).repeat(20) + "\n")
                    .collect(Collectors.joining());
            byte[] octets = rows.getBytes(StandardCharsets.UTF_8);
            CopyManager copy = new CopyManager((BaseConnection) connection);
            assertEquals(ROWS, copy.copyIn("copy t from stdin", new ByteArrayInputStream(octets)));
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            assertEquals(ROWS, copy.copyOut("copy (select * from t order by id) to stdout", back));
            assertEquals(-1, Arrays.mismatch(octets, back.toByteArray()));
        }
    }

    /** Each row a round trip, then all of them by a cursor. */
    @Test
    void manySmallStatementsInOneTransaction() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create table n (value int)");
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement("insert into n values (?)")) {
                for (int i = 0; i < 2_000; i++) {
                    insert.setInt(1, i);
                    assertEquals(1, insert.executeUpdate());
                }
            }
            connection.commit();
            statement.setFetchSize(100);
            long sum = 0;
            try (ResultSet all = statement.executeQuery("select value from n")) {
                while (all.next()) {
                    sum += all.getInt(1);
                }
            }
            connection.rollback();
            assertEquals(1_999_000, sum);
        }
    }

    /** A cancellation is a second connection, a network time-out is a read time-out of the socket. */
    @Test
    void waitingStatementsAreCancelledAndTimeOut() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            CompletableFuture<Boolean> sleep =
                    Delivery.inBackground("sleeper", () -> statement.execute("select pg_sleep(60)"));
            Waiting.until("the statement runs", PostgresIT::isAsleep, bed::describe);
            statement.cancel();
            CompletionException cancelled = assertThrows(CompletionException.class, sleep::join);
            assertTrue(
                    cancelled.getCause() instanceof SQLException e && "57014".equals(e.getSQLState()),
                    cancelled::toString);
            connection.setNetworkTimeout(Runnable::run, 500);
            // The server sleeps on, and closes its end when it wakes up.
            SQLException late = assertThrows(SQLException.class, () -> statement.execute("select pg_sleep(3)"));
            assertTrue(String.valueOf(late.getCause()).contains("Read timed out"), () -> "" + late.getCause());
        }
    }

    private static boolean isAsleep() throws SQLException {
        try (Connection other = connect();
                Statement statement = other.createStatement();
                ResultSet waiting =
                        statement.executeQuery("select 1 from pg_stat_activity where wait_event = 'PgSleep'")) {
            return waiting.next();
        }
    }

    /** The server is ended as by a crash: its kernel closes the connection. */
    @Test
    void lostServerIsNoticed() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertTrue(statement.execute("select 1"));
            server.close();
            SQLException lost = assertThrows(SQLException.class, () -> statement.execute("select 1"));
            assertTrue(lost.getSQLState().startsWith("08") || lost.getSQLState().startsWith("57"), lost::toString);
        }
    }
}
