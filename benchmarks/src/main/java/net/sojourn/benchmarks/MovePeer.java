package net.sojourn.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.sojourn.daemon.Daemon;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.stack.socket.SojournSocketFactory;

/**
 * One end of a conversation over Sojourn: both ends write some octets every millisecond, and note when the peer's arrive.
 * {@code MovePeer CONFIG listen PORT} or {@code MovePeer CONFIG connect PORT ADDRESS}; a line of a time on standard input is
 * answered by the time from then to the first arrival, and the longest gap since. The Python peer does the same.
 */
final class MovePeer {

    static final String READY = "ready";
    static final String CONNECTED = "connected";
    static final String RESULT = "result ";

    private MovePeer() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[2]);
        try (HostParts host = HostParts.here();
                Daemon daemon = Daemon.start(ConfigFile.read(Path.of(arguments[0])), host)) {
            Socket socket;
            if (arguments[1].equals("listen")) {
                try (SojournServerSocket listener = new SojournServerSocket(daemon.stack())) {
                    listener.bind(new InetSocketAddress(port));
                    System.out.println(READY);
                    socket = listener.accept();
                }
            } else {
                socket = new SojournSocketFactory(daemon.stack()).createSocket(arguments[3], port);
            }
            converse(socket);
        }
    }

    private static void converse(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        Arrivals arrivals = new Arrivals();
        daemonThread("writer", () -> write(socket.getOutputStream()));
        daemonThread("reader", () -> read(socket.getInputStream(), arrivals));
        System.out.println(CONNECTED);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            long since = Long.parseLong(line);
            System.out.println(RESULT + arrivals.firstAfter(since) + " " + arrivals.longestGap(since));
        }
    }

    private static void write(OutputStream out) throws IOException, InterruptedException {
        byte[] octets = new byte[16];
        while (true) {
            out.write(octets);
            Thread.sleep(1);
        }
    }

    private static void read(InputStream in, Arrivals arrivals) throws IOException {
        byte[] chunk = new byte[65_536];
        while (in.read(chunk) >= 0) {
            arrivals.add(System.nanoTime());
        }
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void daemonThread(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException | InterruptedException e) {
                        System.out.println("failed " + name + ": " + e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
