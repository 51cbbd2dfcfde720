package net.sojourn.examples;

import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import net.sojourn.daemon.Daemon;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.stack.socket.SojournSocketFactory;

/** Reads from ADDRESS PORT to the end and says how much came: {@code SurvivingSocket CONFIG ADDRESS PORT}. */
public final class SurvivingSocket {

    public static void main(String... arguments) throws Exception {
        try (HostParts host = HostParts.here();
                Daemon daemon = Daemon.start(ConfigFile.read(Path.of(arguments[0])), host);
                Socket socket = new SojournSocketFactory(daemon.stack())
                        .createSocket(arguments[1], Integer.parseInt(arguments[2]))) {
            System.out.println("connected from " + socket.getLocalAddress().getHostAddress());
            InputStream in = socket.getInputStream();
            long octets = 0;
            byte[] chunk = new byte[65_536];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                octets += n;
            }
            System.out.println("received " + octets);
        }
    }
}
