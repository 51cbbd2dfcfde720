package net.sojourn.cli.services;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.socket.SojournSocketFactory;

/** What is done with one connection. Each blocks its caller until the connection is done with, and closes it. */
enum Service {
    /** Gives back what it gets; closes after the peer has. */
    ECHO {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException {
            echo(socket);
        }
    },
    /** Reads and forgets; closes after the peer has. */
    DISCARD {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException {
            discard(socket.getInputStream());
        }
    },
    /** Octets i mod 251, until the peer resets; what it sends, its end included, is ignored. */
    SOURCE {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException {
            around.threads().execute(() -> {
                try {
                    discard(socket.getInputStream());
                } catch (IOException e) {
                    // The writer meets the same end.
                }
            });
            // A multiple of the period, so that every round begins with octet 0.
            byte[] octets = new byte[PERIOD * 256];
            for (int i = 0; i < octets.length; i++) {
                octets[i] = (byte) (i % PERIOD);
            }
            OutputStream out = socket.getOutputStream();
            while (true) {
                out.write(octets);
            }
        }
    },
    /** Says goodbye and closes at once, without reading. */
    BYE {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException {
            socket.getOutputStream().write("bye\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    },
    /** Reads nothing for 4 s, then discards. */
    STALL {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException, InterruptedException {
            Thread.sleep(STALL_MILLIS);
            discard(socket.getInputStream());
        }
    },
    /** For each line {@code ADDRESS PORT}: connects there, answers {@code OK} or {@code ERR}, echoes on the new one. */
    DIAL {
        @Override
        void serve(Socket socket, Surroundings around) throws IOException {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                boolean dialled = dial(line, around);
                out.write((dialled ? "OK\n" : "ERR\n").getBytes(StandardCharsets.US_ASCII));
            }
        }
    };

    private static final int PERIOD = 251;
    private static final long STALL_MILLIS = 4_000;
    private static final int LONGEST_LINE_BYTES = 200;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** What a service has besides its connection. */
    record Surroundings(NetworkStack stack, Executor threads) {}

    /** Returns when the connection may be closed. */
    abstract void serve(Socket socket, Surroundings around) throws IOException, InterruptedException;

    private static void echo(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        byte[] octets = new byte[BUFFER_BYTES];
        for (int n = in.read(octets); n >= 0; n = in.read(octets)) {
            out.write(octets, 0, n);
        }
    }

    private static void discard(InputStream in) throws IOException {
        byte[] octets = new byte[BUFFER_BYTES];
        while (in.read(octets) >= 0) {
            // Nothing to do with them.
        }
    }

    private static boolean dial(String line, Surroundings around) {
        try {
            String[] words = line.strip().split("\\s+", -1);
            InetAddress address = IpAddress.parse(words[0]).toInetAddress();
            Socket called = new SojournSocketFactory(around.stack()).createSocket();
            called.connect(new InetSocketAddress(address, Integer.parseInt(words[1])));
            around.threads().execute(() -> {
                try (called) {
                    echo(called);
                } catch (IOException e) {
                    // The peer has reset it, as it may.
                }
            });
            return true;
        } catch (IOException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return false;
        }
    }

    /** Up to LF; empty at the end of the stream, or if the line is longer than any that makes sense. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            if (line.length() == LONGEST_LINE_BYTES) {
                return "";
            }
            line.append((char) octet);
        }
        return line.toString();
    }
}
