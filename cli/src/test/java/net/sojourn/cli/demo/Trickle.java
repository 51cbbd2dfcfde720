package net.sojourn.cli.demo;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;

/** A web server of one host's loopback that gives each asker random octets at a steady rate, and tells their SHA-256. */
record Trickle(HostProcess process) {

    static final int PORT = 8000;
    private static final Pattern SUM = Pattern.compile("sha256 ([0-9a-f]{64})");

    private static final String SERVER = """
            import hashlib, os, socket, sys, threading, time
            total, rate = int(sys.argv[1]), int(sys.argv[2])
            def serve(peer):
                peer.recv(65536)
                peer.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % total)
                digest, sent = hashlib.sha256(), 0
                while sent < total:
                    piece = os.urandom(min(rate // 100, total - sent))
                    peer.sendall(piece)
                    digest.update(piece)
                    sent += len(piece)
                    time.sleep(0.01)
                peer.close()
                print("sha256", digest.hexdigest(), flush=True)
            listener = socket.create_server(("127.0.0.1", int(sys.argv[3])))
            print("listening", flush=True)
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=serve, args=(peer,), daemon=True).start()
            """;

    /** @param rate octets a second */
    static Trickle start(Host host, long total, long rate) {
        HostProcess process = host.start(
                "python3", "-u", "-c", SERVER, String.valueOf(total), String.valueOf(rate), String.valueOf(PORT));
        process.awaitOutput("listening", Duration.ofSeconds(20));
        return new Trickle(process);
    }

    /** Of what was sent last, waiting for its end. */
    String sha256(Duration timeout) {
        Matcher sum = SUM.matcher(process.awaitOutput("sha256 ", timeout));
        String last = "";
        while (sum.find()) {
            last = sum.group(1);
        }
        return last;
    }
}
