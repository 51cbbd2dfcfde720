package net.sojourn.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;

/**
 * The program that is measured: discard and source, by the same code on sockets of the kernel or of Sojourn, in a process
 * of its own. Arguments: {@code kernel}, or {@code sojourn DEVICE ADDRESS OFFLOAD}. Prints {@link #READY} when it
 * listens.
 */
final class BulkServices {

    static final String READY = "ready";

    private static final int BUFFER_BYTES = 256 * 1024;

    private BulkServices() {}

    /** Makes a server socket, not bound. */
    private interface ServerSockets {
        ServerSocket create() throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        ServerSockets sockets;
        if (arguments[0].equals("sojourn")) {
            TunPort port = TunPort.open(TunSettings.named(arguments[1]).offload(Boolean.parseBoolean(arguments[3])));
            NetworkStack stack = NetworkStack.builder(port)
                    .address(IpAddress.parse(arguments[2]))
                    .start();
            sockets = () -> new SojournServerSocket(stack);
        } else {
            sockets = ServerSocket::new;
        }
        for (Way way : Way.values()) {
            ServerSocket listener = sockets.create();
            listener.bind(new InetSocketAddress(way.port));
            new Thread(() -> accept(listener, way), "accept-" + way).start();
        }
        System.out.println(READY);
    }

    private static void accept(ServerSocket listener, Way way) {
        try {
            while (true) {
                Socket socket = listener.accept();
                new Thread(() -> serve(socket, way), "serve-" + way).start();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the " + way + " service ends", e);
        }
    }

    private static void serve(Socket socket, Way way) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (socket) {
            if (way == Way.RECEIVE) {
                InputStream in = socket.getInputStream();
                while (in.read(buffer) >= 0) {
                    // Nothing to do with it.
                }
            } else {
                OutputStream out = socket.getOutputStream();
                while (true) {
                    out.write(buffer);
                }
            }
        } catch (IOException e) {
            // The driver has what it wanted and is gone.
        }
    }
}
