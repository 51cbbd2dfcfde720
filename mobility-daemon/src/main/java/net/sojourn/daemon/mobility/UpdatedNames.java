package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.DaemonSettings.DnsSettings;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.dns.NameUpdater;
import net.sojourn.dns.ServerAddress;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdaterSettings;
import net.sojourn.dns.ZoneSettings;
import net.sojourn.dns.key.KeyFile;
import net.sojourn.stack.IpAddress;

/** Names kept by signed updates. Any thread. */
public final class UpdatedNames implements NameKeeper {

    private final NameUpdater updater;
    private final List<String> names;

    private UpdatedNames(NameUpdater updater, List<String> names) {
        this.updater = updater;
        this.names = names;
    }

    /** @throws IOException if key or state file cannot be used */
    public static UpdatedNames start(DnsSettings settings, Timeline timeline) throws IOException {
        Path folder = settings.stateFile().toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        List<ServerAddress> servers =
                settings.servers().stream().map(ServerAddress::parse).toList();
        try {
            UpdaterSettings updater = UpdaterSettings.of(
                            KeyFile.read(settings.keyFile(), Optional.empty()), settings.stateFile())
                    .withZones(new ZoneSettings(settings.zone(), servers, List.of(), servers))
                    .withTtlSeconds(settings.ttlSeconds())
                    .withTakeOver(settings.takeOver());
            UpdaterSettings owned = settings.owner().map(updater::withOwnerId).orElse(updater);
            return new UpdatedNames(NameUpdater.start(owned, event -> tell(event, timeline)), settings.names());
        } catch (Exception e) {
            throw new IOException("dns: " + e.getMessage(), e);
        }
    }

    private static void tell(UpdateEvent event, Timeline timeline) {
        if (event instanceof UpdateEvent.Sent sent) {
            timeline.tell(Kind.DNS_SENT, -1, sent.name(), words(sent.addresses()) + " to " + sent.server(), -1);
        } else if (event instanceof UpdateEvent.Acknowledged done) {
            timeline.tell(Kind.DNS_ACKNOWLEDGED, -1, done.name(), words(done.addresses()), micros(done.afterMillis()));
        } else if (event instanceof UpdateEvent.Verified seen) {
            timeline.tell(Kind.DNS_VERIFIED, -1, seen.name(), words(seen.addresses()), micros(seen.afterMillis()));
        } else if (event instanceof UpdateEvent.Failed failed) {
            timeline.tell(Kind.DNS_FAILED, -1, failed.name(), failed.why(), -1);
        }
    }

    private static long micros(double millis) {
        return Math.round(millis * 1000);
    }

    private static String words(Set<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).sorted().collect(Collectors.joining(" "));
    }

    @Override
    public void publish(Set<IpAddress> addresses) {
        Set<InetAddress> wanted =
                addresses.stream().map(IpAddress::toInetAddress).collect(Collectors.toUnmodifiableSet());
        // First the end of what waits on the old network, then what shall be.
        updater.networkChanged(Optional.empty());
        names.forEach(name -> updater.setAddresses(name, wanted));
    }

    @Override
    public void push() {
        updater.networkChanged(Optional.empty());
        updater.statuses().forEach(status -> updater.setAddresses(status.name(), status.desired()));
    }

    @Override
    public List<String> status() {
        return updater.statuses().stream()
                .map(status -> "name=" + status.name() + " state=" + status.state() + " addresses=\""
                        + words(status.desired()) + "\""
                        + status.lastError()
                                .map(why -> " error=\"" + why + "\"")
                                .orElse(""))
                .toList();
    }

    @Override
    public void close() {
        updater.close();
    }
}
