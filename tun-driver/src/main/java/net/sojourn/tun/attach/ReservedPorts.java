package net.sojourn.tun.attach;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.sojourn.tun.host.NetworkNamespace;
import net.sojourn.tun.host.RunFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ports that the kernel shall hand to nobody: merged into {@code net.ipv4.ip_local_reserved_ports}, which serves IPv6 too.
 * The only thing of an attachment that outlives a killed process, so what was added stands in a file, and the next start
 * takes it back. In the namespace of the calling thread.
 */
final class ReservedPorts implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(ReservedPorts.class);
    private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports");

    /** Every second port. */
    private static final int LONGEST_TEXT_BYTES = 65_536 / 2 * "65535,".length();

    /** Kept open: it stays this namespace's, whichever thread closes this. */
    private final RandomAccessFile sysctl;

    private final Path record;
    private final BitSet added;

    private ReservedPorts(RandomAccessFile sysctl, Path record, BitSet added) {
        this.sysctl = sysctl;
        this.record = record;
        this.added = added;
    }

    /** @param name of the attachment, unique in the namespace */
    static ReservedPorts reserve(String name, BitSet ports) throws IOException {
        Files.createDirectories(RunFolder.PATH);
        return reserve(
                SYSCTL, RunFolder.PATH.resolve(name + "-" + NetworkNamespace.ownFileNumber() + ".reserved"), ports);
    }

    static ReservedPorts reserve(Path sysctl, Path record, BitSet ports) throws IOException {
        RandomAccessFile file = new RandomAccessFile(sysctl.toFile(), "rw");
        try {
            BitSet reserved = read(file);
            heal(record, reserved);
            BitSet added = (BitSet) ports.clone();
            added.andNot(reserved);
            Files.writeString(record, text(added), StandardCharsets.US_ASCII);
            reserved.or(added);
            write(file, reserved);
            return new ReservedPorts(file, record, added);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    private static void heal(Path record, BitSet reserved) throws IOException {
        try {
            reserved.andNot(parse(Files.readString(record, StandardCharsets.US_ASCII)));
            LOG.info("reserved-ports=healed from={}", record);
        } catch (NoSuchFileException e) {
            // The last run ended well.
        }
    }

    private static BitSet read(RandomAccessFile sysctl) throws IOException {
        byte[] text = new byte[LONGEST_TEXT_BYTES];
        // The kernel shows a value to one read(2) only.
        sysctl.seek(0);
        int length = sysctl.read(text);
        return parse(new String(text, 0, Math.max(0, length), StandardCharsets.US_ASCII));
    }

    /** In one system call, which is what the kernel takes for one value. */
    private static void write(RandomAccessFile sysctl, BitSet ports) throws IOException {
        sysctl.seek(0);
        sysctl.setLength(0);
        sysctl.write((text(ports) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** {@code 80,443,40000-49999}; what is no port is left out. */
    static BitSet parse(String text) {
        BitSet ports = new BitSet();
        for (String item : text.strip().split(",", -1)) {
            String[] ends = item.strip().split("-", 2);
            if (item.strip().matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
                int first = Integer.parseInt(ends[0]);
                int last = Integer.parseInt(ends[ends.length - 1]);
                if (first <= last && last <= 65_535) {
                    ports.set(first, last + 1);
                }
            }
        }
        return ports;
    }

    /** The inverse of {@link #parse}. */
    static String text(BitSet ports) {
        List<String> items = new ArrayList<>();
        for (int first = ports.nextSetBit(0); first >= 0; first = ports.nextSetBit(ports.nextClearBit(first))) {
            int last = ports.nextClearBit(first) - 1;
            items.add(first == last ? String.valueOf(first) : first + "-" + last);
        }
        return String.join(",", items);
    }

    @Override
    public void close() {
        try (sysctl) {
            BitSet reserved = read(sysctl);
            reserved.andNot(added);
            write(sysctl, reserved);
            Files.deleteIfExists(record);
        } catch (IOException e) {
            LOG.warn("reserved-ports=left error=\"{}\" remedy=\"the next start takes them back\"", e.toString());
        }
    }
}
