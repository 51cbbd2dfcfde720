package net.sojourn.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.config.DaemonSettings.Mode;
import net.sojourn.daemon.config.DaemonSettings.PublishedPort;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.entry.Socks5;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.KernelAddresses;
import net.sojourn.daemon.mobility.NameKeeper;
import net.sojourn.daemon.mobility.UpdatedNames;
import net.sojourn.daemon.restart.Guard;
import net.sojourn.dns.LookupSettings;
import net.sojourn.dns.NameLookup;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.attach.Attachment;
import net.sojourn.tun.attach.HostAddressAttachment;
import net.sojourn.tun.attach.HostAddressSettings;
import net.sojourn.tun.attach.RestartGuard;
import net.sojourn.tun.attach.RoutedAttachment;
import net.sojourn.tun.attach.RoutedSettings;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.nft.NftException;
import net.sojourn.tun.pcap.PcapPort;
import net.sojourn.tun.pcap.PcapWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a daemon on this host. */
public final class HostParts implements Parts, Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(HostParts.class);

    private final AddressMonitor monitor;

    private HostParts(AddressMonitor monitor) {
        this.monitor = monitor;
    }

    /** Of the network namespace of the calling thread; watches its addresses from now on. */
    public static HostParts here() throws IOException {
        return new HostParts(AddressMonitor.open());
    }

    @Override
    public Attached attach(DaemonSettings settings) throws IOException {
        Attachment attachment = settings.attachment().mode() == Mode.ROUTED
                ? RoutedAttachment.open(RoutedSettings.of(
                        TunSettings.named(settings.attachment().tun()),
                        settings.attachment().addresses()))
                : HostAddressAttachment.open(hostAddressSettings(settings), monitor);
        Guard guard = Guard.NONE;
        if (settings.attachment().mode() == Mode.HOST_ADDRESS) {
            lowerGuard(settings);
            guard = connections -> RestartGuard.raise(
                    settings.attachment().tun(), connections, settings.restart().guardSeconds());
        }
        if (settings.pcapFile().isEmpty()) {
            return new Attached(attachment.port(), attachment, guard);
        }
        try {
            PcapWriter writer = PcapWriter.create(settings.pcapFile().get(), PcapWriter.WHOLE_PACKETS);
            // It holds what people say to each other.
            Files.setPosixFilePermissions(settings.pcapFile().get(), PosixFilePermissions.fromString("rw-------"));
            PcapPort recorded = new PcapPort(
                    attachment.port(), writer, settings.attachment().tun());
            return new Attached(
                    recorded,
                    () -> {
                        attachment.close();
                        writer.close();
                    },
                    guard);
        } catch (IOException e) {
            attachment.close();
            throw new IOException(
                    "cannot write debug.pcap_file " + settings.pcapFile().get() + ": " + e, e);
        }
    }

    /** What comes is the attachment's again, before the guard sees it. */
    private static void lowerGuard(DaemonSettings settings) {
        try {
            RestartGuard.lower(settings.attachment().tun());
        } catch (NftException e) {
            LOG.warn("restart=guard-left error=\"{}\"", e.getMessage());
        }
    }

    private static HostAddressSettings hostAddressSettings(DaemonSettings settings) {
        return new HostAddressSettings(
                settings.attachment().tun(),
                settings.attachment().firstPort(),
                settings.attachment().lastPort(),
                settings.published().stream().map(PublishedPort::port).collect(Collectors.toUnmodifiableSet()),
                settings.uplinks()::uses);
    }

    @Override
    public HostAddresses addresses(DaemonSettings settings) throws IOException {
        return KernelAddresses.open(
                monitor,
                name -> !name.equals(settings.attachment().tun())
                        && settings.uplinks().uses(name),
                settings.move());
    }

    @Override
    public NameKeeper names(DaemonSettings settings, Timeline timeline) throws IOException {
        return settings.dns().isEmpty()
                ? NameKeeper.NONE
                : UpdatedNames.start(settings.dns().get(), settings.resolverServers(), timeline);
    }

    @Override
    public Socks5.Names lookup(DaemonSettings settings) {
        NameLookup lookup = new NameLookup(LookupSettings.of(settings.resolverServers()));
        return name -> lookup.lookup(name).stream().map(IpAddress::of).toList();
    }

    @Override
    public void close() {
        monitor.close();
    }
}
