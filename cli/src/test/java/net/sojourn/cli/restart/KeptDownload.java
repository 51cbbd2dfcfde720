package net.sojourn.cli.restart;

import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import net.sojourn.daemon.Daemon;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.stack.TcpConnection;

/**
 * Reads from ADDRESS PORT into FILE, and goes on where it was when it is stopped by SIGTERM and started again: {@code
 * KeptDownload CONFIG ADDRESS PORT FILE}. In the end it prints the file's SHA-256 and tells the other end.
 */
public final class KeptDownload {

    private KeptDownload() {}

    public static void main(String... arguments) throws Exception {
        InetAddress address = InetAddress.getByName(arguments[1]);
        InetSocketAddress server = new InetSocketAddress(address, Integer.parseInt(arguments[2]));
        CountDownLatch ended = new CountDownLatch(1);
        try (HostParts host = HostParts.here();
                Daemon daemon = Daemon.start(ConfigFile.read(Path.of(arguments[0])), host);
                RandomAccessFile file = new RandomAccessFile(arguments[3], "rw")) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(daemon, ended)));
            while (daemon.stack().addresses().isEmpty()) {
                Thread.sleep(5);
            }
            List<TcpConnection> thawed = daemon.thawed();
            TcpConnection connection = thawed.isEmpty() ? daemon.stack().connect(server, 10_000) : thawed.get(0);
            System.out.println((thawed.isEmpty() ? "connected" : "resumed at " + connection.octetsRead()) + " from "
                    + connection.localAddress());
            if (connection.octetsRead() != file.length()) {
                throw new IllegalStateException(connection.octetsRead() + " octets read, " + file.length() + " kept");
            }
            file.seek(file.length());
            byte[] chunk = new byte[65_536];
            for (int n = connection.read(chunk, 0, chunk.length); n >= 0; n = connection.read(chunk, 0, chunk.length)) {
                file.write(chunk, 0, n);
            }
            byte[] sha = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of(arguments[3])));
            connection.write("thanks".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, 6);
            connection.closeAndLinger(5);
            System.out.println("sha256 " + HexFormat.of().formatHex(sha));
        } catch (SocketException e) {
            System.out.println("stopped: " + e.getMessage());
        } finally {
            ended.countDown();
        }
    }

    /** The virtual machine ends when this does: not before the last chunk is in the file. */
    private static void stop(Daemon daemon, CountDownLatch ended) {
        daemon.close();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
