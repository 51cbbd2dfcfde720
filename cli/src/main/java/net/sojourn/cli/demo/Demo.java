package net.sojourn.cli.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import net.sojourn.cli.demo.DemoReport.Check;
import net.sojourn.cli.demo.DemoReport.Copy;
import net.sojourn.cli.demo.DemoReport.MoveReport;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.TimelineEvent;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.pcap.HostCapture;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.Move;
import net.sojourn.testbed.topology.TopologySettings;
import net.sojourn.tun.pcap.PcapWriter;
import org.xbill.DNS.Type;

/**
 * The three parts: the laptop moves under a copy, the server moves under a copy, and both talk to hosts that know nothing of
 * Migrate. All hosts, programs and daemons are real; the hosts are namespaces and the long paths are emulated.
 */
final class Demo {

    private static final String LAPTOP = "laptop";
    private static final String SERVER = "server";
    private static final int SOCKS_PORT = 1080;
    private static final int WEB_PORT = 8000;
    private static final double WIFI_RTT_MILLIS = 20;
    private static final double MOBILE_RTT_MILLIS = 60;
    private static final Duration OUTAGE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration COPY_PATIENCE = Duration.ofMinutes(5);
    private static final long PROGRESS_MILLIS = 200;
    /** Beyond this the file is not the point any more. */
    private static final long SMALLER_COPY_BYTES = 50_000_000;

    private final DemoSettings settings;
    private final Screen screen;
    private final MobilityTopology topology;
    private final Path folder;
    private final NameService names;
    private final DaemonOnHost laptop;
    private final DaemonOnHost server;
    private final RecordWatch laptopRecord;
    private final RecordWatch serverRecord;
    private final List<MoveReport> moves = new ArrayList<>();
    private final List<Copy> copies = new ArrayList<>();
    private final List<Check> checks = new ArrayList<>();
    /** Kinds that the caller prints itself, with more figures. */
    private static final Set<Kind> PRINTED_WITH_FIGURES = Set.of(Kind.PATH_SWITCHED);

    private Demo(DemoSettings settings, Screen screen, MobilityTopology topology, Path folder)
            throws IOException, InterruptedException, KeyFileException {
        this.settings = settings;
        this.screen = screen;
        this.topology = topology;
        this.folder = folder;
        names = NameService.start(
                settings.names(), topology.nameServer(), topology.nameServerAddress(), List.of(LAPTOP, SERVER), folder);
        web(topology.server());
        web(topology.observer());
        server = DaemonOnHost.start(topology.server(), folder, serverConfiguration(), this::told);
        laptop = DaemonOnHost.start(topology.laptop(), folder, laptopConfiguration(), this::told);
        laptopRecord = RecordWatch.start(topology.observer(), names.address(), LAPTOP + "." + NameService.ZONE, Type.A);
        serverRecord = RecordWatch.start(topology.observer(), names.address(), SERVER + "." + NameService.ZONE, Type.A);
    }

    /** Builds everything, shows everything, removes everything but the captures. */
    static DemoReport run(DemoSettings settings, Screen screen) throws Exception {
        screen.heading("Making hosts: laptop (wlan0, wwan0), two routers, server, name server, observer");
        Files.createDirectories(settings.captureFolder());
        List<Path> captures = new ArrayList<>();
        Path folder = Files.createTempDirectory("sojourn-demo-");
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4.withLinksInProcesses(true))) {
            topology.network().own(() -> removeFolder(folder));
            for (Host host : List.of(topology.laptop(), topology.server(), topology.observer())) {
                Path file = settings.captureFolder().resolve(host.name() + ".pcapng");
                PcapWriter writer = topology.network().own(PcapWriter.create(file, PcapWriter.WHOLE_PACKETS));
                captures.add(file);
                topology.network().own(HostCapture.start(host, writer, Set.of("lo")));
            }
            Demo demo = new Demo(settings, screen, topology, folder);
            demo.awaitNames();
            demo.laptopMoves();
            demo.serverMoves();
            demo.legacyPeers();
            return new DemoReport(demo.moves, demo.copies, demo.checks, captures);
        }
    }

    private static void removeFolder(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- the hosts

    private HostProcess web(Host host) throws IOException {
        Path root = Files.createDirectories(folder.resolve("www-" + host.name()));
        // Loopback is enough for the server, whose daemon publishes it; the observer is an ordinary host.
        HostProcess process = host.start(
                "python3", "-u", "-m", "http.server", "--directory", root.toString(), String.valueOf(WEB_PORT));
        process.awaitOutput("Serving HTTP", PATIENCE);
        return process;
    }

    private String serverConfiguration() {
        return """
                [attachment]
                mode = "host-address"
                [socks5]
                enabled = false
                [[publish]]
                port = 80
                to = "127.0.0.1:%d"
                """.formatted(WEB_PORT) + nameConfiguration(SERVER);
    }

    private String laptopConfiguration() {
        return """
                [attachment]
                mode = "host-address"
                [uplinks]
                include = ["wlan0", "wwan0"]
                [socks5]
                listen = "127.0.0.1:%d"
                """.formatted(SOCKS_PORT) + nameConfiguration(LAPTOP);
    }

    private String nameConfiguration(String host) {
        String nameServer = hostAndPort(names.address());
        return """
                [dns]
                names = ["%s.%s"]
                zone = "%s"
                servers = ["%s"]
                key_file = "%s"
                state_file = "%s"
                [resolver]
                servers = ["%s"]
                """.formatted(
                        host,
                        NameService.ZONE,
                        NameService.ZONE,
                        nameServer,
                        names.keyFile(host),
                        folder.resolve(host + ".state"),
                        nameServer);
    }

    private static String hostAndPort(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private void told(String host, TimelineEvent event) {
        if (!PRINTED_WITH_FIGURES.contains(event.kind())) {
            String elapsed = event.elapsedMicros() < 0
                    ? ""
                    : String.format(Locale.ROOT, " after %.1f ms", event.elapsedMicros() / 1000.0);
            screen.event(
                    event.nanos(),
                    host,
                    event.kind().words() + " " + event.subject() + elapsed
                            + (event.detail().isEmpty() ? "" : " (" + event.detail() + ")"));
        }
    }

    private void awaitNames() throws InterruptedException {
        String laptopAddress = topology.laptopAddress().orElseThrow().toString();
        String serverAddress = topology.serverAddress().toString();
        boolean both = laptopRecord.awaitOnly(laptopAddress, PATIENCE) >= 0
                && serverRecord.awaitOnly(serverAddress, PATIENCE) >= 0;
        checks.add(new Check(
                "both hosts put their names into the zone of "
                        + settings.names().words(),
                both,
                "laptop " + laptopRecord.current() + ", server " + serverRecord.current()));
    }

    // ---- part one

    private void laptopMoves() throws IOException, InterruptedException {
        String file = "random.bin";
        String expected = writeRandom("www-" + SERVER, file, settings.copyBytes());
        screen.heading("1. The laptop copies " + settings.copyBytes() / 1_000_000
                + " MB from the server through SOCKS5 and moves three times");
        long began = System.nanoTime();
        Download copy = copyThroughSocks(SERVER + "." + NameService.ZONE, "/" + file);
        Progress progress = new Progress(copy, settings.copyBytes());
        int movesBefore = moves.size();
        move(
                "Wi-Fi to mobile",
                copy,
                settings.copyBytes() * 12 / 100,
                MOBILE_RTT_MILLIS,
                laptop,
                laptopRecord,
                topology::wifiToMobile);
        move(
                "back to Wi-Fi, another address",
                copy,
                settings.copyBytes() * 30 / 100,
                WIFI_RTT_MILLIS,
                laptop,
                laptopRecord,
                () -> topology.backToWifi(topology.addresses().laptopOnWifiAgain()));
        move(
                "5 s without any address",
                copy,
                settings.copyBytes() * 55 / 100,
                WIFI_RTT_MILLIS,
                laptop,
                laptopRecord,
                () -> topology.outage(OUTAGE, topology.addresses().laptopOnWifi()));
        long connectionMoves = laptop.ask(new Request.Connections(), Reply.Connections.class).connections().stream()
                .mapToLong(Reply.Connection::moves)
                .max()
                .orElse(0);
        finish("copy while the laptop moved", copy, progress, settings.copyBytes(), began, expected);
        int made = moves.size() - movesBefore;
        checks.add(new Check(
                "one connection carried the whole copy",
                connectionMoves == made,
                connectionMoves + " moves of " + made));
    }

    // ---- part two

    private void serverMoves() throws IOException, InterruptedException {
        long bytes = Math.min(SMALLER_COPY_BYTES, settings.copyBytes());
        String file = "second.bin";
        String expected = writeRandom("www-" + SERVER, file, bytes);
        screen.heading("2. The server moves under a running copy; new clients then find it by its name");
        long began = System.nanoTime();
        Download copy = copyThroughSocks(SERVER + "." + NameService.ZONE, "/" + file);
        Progress progress = new Progress(copy, bytes);
        move(
                "the server moves",
                copy,
                bytes * 30 / 100,
                WIFI_RTT_MILLIS,
                server,
                serverRecord,
                () -> topology.serverMoves(topology.addresses().serverElsewhere()));
        finish("copy while the server moved", copy, progress, bytes, began, expected);

        writeRandom("www-" + SERVER, "small.bin", 100_000);
        String address = topology.serverAddress().toString();
        CommandResult ordinary = topology.observer()
                .run(
                        "curl",
                        "-sSf",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{remote_ip} %{size_download}",
                        "http://" + SERVER + "." + NameService.ZONE + "/small.bin");
        checks.add(new Check(
                "an ordinary client elsewhere finds the server at its new address",
                ordinary.output().equals(address + " 100000"),
                ordinary.output() + " " + ordinary.errors().strip()));
        int mark = laptop.mark();
        Download again = copyThroughSocks(SERVER + "." + NameService.ZONE, "/small.bin");
        String problem = again.awaitEnd(PATIENCE);
        boolean there = laptop.await(Kind.MIGRATABLE, mark, PATIENCE)
                .filter(event -> event.subject().endsWith("> " + address + ":80"))
                .isPresent();
        checks.add(new Check(
                "a new connection of the laptop finds it too",
                problem.isEmpty() && again.octets() == 100_000 && there,
                problem));
    }

    // ---- part three

    private void legacyPeers() throws IOException, InterruptedException {
        long bytes = Math.min(SMALLER_COPY_BYTES, settings.copyBytes()) / 2;
        screen.heading("3. Hosts with the kernel's TCP, which know nothing of Migrate, in both directions");
        String expected = writeRandom("www-" + topology.observer().name(), "legacy.bin", bytes);
        long began = System.nanoTime();
        Download out = copyThroughSocks(topology.observerAddress() + ":" + WEB_PORT, "/legacy.bin");
        Progress progress = new Progress(out, bytes);
        boolean plain =
                out.awaitOctets(bytes / 4, COPY_PATIENCE) && isPlainTcp(topology.observerAddress() + ":" + WEB_PORT);
        finish("copy from a legacy server", out, progress, bytes, began, expected);
        checks.add(new Check("that connection was plain TCP", plain, ""));

        expected = writeRandom("www-" + SERVER, "third.bin", bytes);
        began = System.nanoTime();
        Download in = Download.start(topology.observer(), "http://" + SERVER + "." + NameService.ZONE + "/third.bin");
        finish("copy by a legacy client", in, new Progress(in, bytes), bytes, began, expected);
    }

    private boolean isPlainTcp(String peer) throws IOException {
        return laptop.ask(new Request.Connections(), Reply.Connections.class).connections().stream()
                .filter(connection -> connection.peer().equals(peer))
                .anyMatch(connection ->
                        !connection.migratable() && connection.state().equals("ESTABLISHED"));
    }

    // ---- copies and moves

    private Download copyThroughSocks(String host, String path) throws IOException {
        return Download.start(
                topology.laptop(), "--socks5-hostname", "127.0.0.1:" + SOCKS_PORT, "http://" + host + path);
    }

    private void finish(String title, Download copy, Progress progress, long bytes, long beganNanos, String expected)
            throws InterruptedException {
        String problem = copy.awaitEnd(COPY_PATIENCE);
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        progress.end();
        String complete = problem.isEmpty() && copy.octets() != bytes
                ? copy.octets() + " of " + bytes + " octets arrived"
                : problem;
        Copy done = new Copy(title, copy.octets(), seconds, expected, copy.sha256(), complete);
        copies.add(done);
        screen.event(System.nanoTime(), LAPTOP, title + (done.equal() ? ": SHA-256 equal" : ": NOT EQUAL " + complete));
    }

    /** When so many octets of the copy are there, changes a network and waits for all that must follow. */
    private void move(
            String title,
            Download copy,
            long octetsBefore,
            double roundTripMillis,
            DaemonOnHost mover,
            RecordWatch record,
            Supplier<Move> change)
            throws InterruptedException {
        boolean far = copy.awaitOctets(octetsBefore, COPY_PATIENCE);
        int mark = mover.mark();
        Move moved = change.get();
        // The kernel has address and route some milliseconds before the commands that set them end.
        long appeared = mover.await(Kind.ADDRESS_NEW, mark, PATIENCE)
                .map(event -> Math.min(event.nanos(), moved.presentNanos()))
                .orElse(moved.presentNanos());
        Optional<TimelineEvent> switched = mover.await(Kind.PATH_SWITCHED, mark, PATIENCE);
        long first = switched.isEmpty() || !far
                ? -1
                : copy.awaitArrivalAfter(switched.get().nanos(), PATIENCE);
        MoveReport soFar = new MoveReport(
                title,
                roundTripMillis,
                switched.map(event -> (event.nanos() - appeared) / 1e6).orElse(-1.0),
                first < 0 ? -1 : (first - appeared) / 1e6,
                -1);
        switched.ifPresent(event -> screen.event(
                event.nanos(),
                mover.name(),
                String.format(
                        Locale.ROOT,
                        "path switched to %s after %.1f ms = %.1f RTT",
                        event.subject(),
                        soFar.switchedMillis(),
                        soFar.switchedMillis() / roundTripMillis)));
        screen.event(
                first < 0 ? System.nanoTime() : first,
                LAPTOP,
                first < 0
                        ? "NO octet on the new path"
                        : String.format(
                                Locale.ROOT,
                                "first new octet after %.1f ms = %.1f RTT",
                                soFar.firstOctetMillis(),
                                soFar.firstOctetMillis() / roundTripMillis));
        long seen = record.awaitOnly(moved.to().toString(), PATIENCE);
        double seenMillis = seen < 0 ? -1 : (seen - appeared) / 1e6;
        screen.event(
                seen < 0 ? System.nanoTime() : seen,
                "observer",
                seen < 0
                        ? "the A record does NOT follow"
                        : String.format(
                                Locale.ROOT, "A record %s seen by a third host after %.1f ms", moved.to(), seenMillis));
        moves.add(new MoveReport(title, roundTripMillis, soFar.switchedMillis(), soFar.firstOctetMillis(), seenMillis));
    }

    private String writeRandom(String directory, String file, long bytes) throws IOException {
        MessageDigest digest = sha256();
        Random random = new Random(new SecureRandom().nextLong());
        byte[] chunk = new byte[1 << 16];
        Path path = folder.resolve(directory).resolve(file);
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(path), digest)) {
            for (long left = bytes; left > 0; left -= chunk.length) {
                random.nextBytes(chunk);
                out.write(chunk, 0, (int) Math.min(left, chunk.length));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Draws the bar of one copy until it is ended. */
    private final class Progress {

        private final Thread thread;
        private volatile boolean ended;

        Progress(Download copy, long bytes) {
            thread = new Thread(
                    () -> {
                        long before = 0;
                        while (!ended) {
                            long now = copy.octets();
                            screen.progress(now, bytes, (now - before) * 8 / 1e3 / PROGRESS_MILLIS);
                            before = now;
                            try {
                                Thread.sleep(PROGRESS_MILLIS);
                            } catch (InterruptedException e) {
                                return;
                            }
                        }
                    },
                    "progress");
            thread.setDaemon(true);
            thread.start();
        }

        void end() throws InterruptedException {
            ended = true;
            thread.interrupt();
            thread.join();
            screen.endProgress();
        }
    }
}
