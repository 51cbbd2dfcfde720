package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.DaemonSettings.DnsSettings;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.NameUpdater;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.UpdaterSettings;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.stack.IpAddress;

/** Names kept by signed updates. Any thread. */
public final class UpdatedNames implements NameKeeper {

    private final NameUpdater updater;
    private final List<String> names;

    private UpdatedNames(NameUpdater updater, List<String> names) {
        this.updater = updater;
        this.names = names;
    }

    /**
     * @param resolvers asked for zones and their primaries; empty: the system's
     * @throws IOException if key or state file cannot be used
     */
    public static UpdatedNames start(DnsSettings settings, List<InetSocketAddress> resolvers, Timeline timeline)
            throws IOException {
        Path folder = settings.stateFile().toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        try {
            List<NameSettings> names = settings.names().stream()
                    .map(name -> nameSettings(name, settings))
                    .toList();
            UpdaterSettings updater =
                    new UpdaterSettings(names, resolvers, settings.stateFile(), UpdateTiming.defaults());
            return new UpdatedNames(NameUpdater.start(updater, event -> tell(event, timeline)), settings.names());
        } catch (KeyFileException | IllegalArgumentException e) {
            throw new IOException("dns: " + e.getMessage(), e);
        }
    }

    private static NameSettings nameSettings(String name, DnsSettings settings) {
        NameSettings.Builder builder = NameSettings.builder(name, settings.keyFile())
                .servers(settings.servers())
                .ttlSeconds(settings.ttlSeconds())
                .takeOver(settings.takeOver());
        settings.zone().ifPresent(builder::zone);
        settings.owner().ifPresent(builder::ownerId);
        return builder.build();
    }

    private static void tell(UpdateEvent event, Timeline timeline) {
        if (event instanceof UpdateEvent.Sent sent) {
            timeline.tell(Kind.DNS_SENT, -1, sent.host(), words(sent.addresses()) + " to " + sent.server(), -1);
        } else if (event instanceof UpdateEvent.Acknowledged done) {
            timeline.tell(
                    Kind.DNS_ACKNOWLEDGED,
                    -1,
                    done.host(),
                    words(done.addresses()),
                    TimeUnit.MILLISECONDS.toMicros(done.sinceChangeMillis()));
        } else if (event instanceof UpdateEvent.Verified seen) {
            timeline.tell(
                    Kind.DNS_VERIFIED,
                    -1,
                    seen.host(),
                    words(seen.addresses()),
                    TimeUnit.MILLISECONDS.toMicros(seen.sinceChangeMillis()));
        } else if (event instanceof UpdateEvent.Failed failed) {
            timeline.tell(Kind.DNS_FAILED, -1, failed.host(), failed.why(), -1);
        }
    }

    private static String words(Set<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).sorted().collect(Collectors.joining(" "));
    }

    @Override
    public void publish(Set<IpAddress> addresses) {
        Set<InetAddress> wanted =
                addresses.stream().map(IpAddress::toInetAddress).collect(Collectors.toUnmodifiableSet());
        // First the end of what waits on the old network, then what shall be.
        updater.networkChanged();
        names.forEach(name -> updater.addressesChanged(name, wanted));
    }

    @Override
    public void push() {
        names.forEach(updater::push);
    }

    @Override
    public List<String> status() {
        return updater.status().stream()
                .map(status -> "name=" + status.host() + " state=" + status.state() + " addresses=\""
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
