package net.sojourn.daemon.restart;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.FrozenStateException.Reason;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * The file that holds the connections between two lives of a daemon. Whoever can read it has the connections and their
 * keys, and whoever can write it can make the daemon believe anything: so it and its folder must be the daemon's user's
 * alone, and it is gone, wiped, as soon as its connections live again.
 *
 * <pre>
 * 32 magic | 16 version | 64 when (ms since 1970) | 64 process | 64 its start (clock ticks since boot)
 * | 32 length, stack | 32 length, daemon | SHA-256 of all before
 * </pre>
 *
 * <p>Written beside and moved into place, so that it is there as a whole or not at all. One thread.
 */
public final class ConnectionsFile {

    private static final int MAGIC = 0x534A_5253;
    private static final int VERSION = 3;
    private static final int DIGEST_BYTES = 32;
    private static final int PERMISSION_BITS = 0777;
    private static final int OTHERS_WRITE = 0022;
    private static final String UNREADABLE_SUFFIX = ".unreadable";

    private final Path file;
    private final Clock clock;

    public ConnectionsFile(Path file, Clock clock) {
        this.file = file.toAbsolutePath();
        this.clock = clock;
    }

    /**
     * What was saved.
     *
     * @param stack of {@link net.sojourn.stack.NetworkStack#freeze}
     * @param daemon what the daemon wants to remember
     * @param age since it was written, by the wall clock; not below zero
     * @param process who wrote it
     */
    public record Saved(byte[] stack, byte[] daemon, Duration age, ProcessLife process) implements AutoCloseable {

        /** Wipes the octets. */
        @Override
        public void close() {
            Arrays.fill(stack, (byte) 0);
            Arrays.fill(daemon, (byte) 0);
        }

        @Override
        public String toString() {
            return "Saved[" + stack.length + " octets, " + age.toMillis() + " ms ago]";
        }
    }

    /** The last part of the name is what to look for in the folder. */
    public Path path() {
        return file;
    }

    /**
     * Writes it, in place of one that is there. The folder is made if it is missing.
     *
     * @throws IOException if it cannot be written; nothing new is there then
     */
    public void write(byte[] stack, byte[] daemon, ProcessLife process) throws IOException {
        Path folder = folder();
        if (!Files.exists(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        requireSafe(folder, true);
        Path beside = folder.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(beside);
        byte[] all = encoded(stack, daemon, process);
        try (FileChannel channel = FileChannel.open(
                beside,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer octets = ByteBuffer.wrap(all);
            while (octets.hasRemaining()) {
                channel.write(octets);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(beside);
            throw e;
        } finally {
            Arrays.fill(all, (byte) 0);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel entries = FileChannel.open(folder)) {
            entries.force(true);
        }
    }

    private byte[] encoded(byte[] stack, byte[] daemon, ProcessLife process) {
        try (StateWriter out = new StateWriter()) {
            out.number32(MAGIC).number16(VERSION).number64(clock.millis());
            out.number64(process.pid()).number64(process.startTicks());
            out.octets(stack).octets(daemon);
            byte[] body = out.toBytes();
            byte[] all = Arrays.copyOf(body, body.length + DIGEST_BYTES);
            System.arraycopy(digest(body, body.length), 0, all, body.length, DIGEST_BYTES);
            Arrays.fill(body, (byte) 0);
            return all;
        }
    }

    /**
     * Reads it; it stays where it is.
     *
     * @return empty if there is none
     * @throws FrozenStateException if it is not to be trusted, not whole, or not understood
     */
    public Optional<Saved> read() throws IOException {
        byte[] all;
        try {
            requireSafe(folder(), true);
            requireSafe(file, false);
            all = readAll();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(decoded(all));
        } finally {
            Arrays.fill(all, (byte) 0);
        }
    }

    private byte[] readAll() throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE - 8) {
                throw new FrozenStateException(Reason.TRUNCATED, file + " is too large: " + size + " octets");
            }
            ByteBuffer octets = ByteBuffer.allocate((int) size);
            while (octets.hasRemaining()) {
                if (channel.read(octets) < 0) {
                    throw new EOFException(file + " became shorter while it was read");
                }
            }
            return octets.array();
        }
    }

    private Saved decoded(byte[] all) throws FrozenStateException {
        int length = all.length - DIGEST_BYTES;
        StateReader in = new StateReader(all);
        if (length < Integer.BYTES || in.number32("magic") != MAGIC) {
            throw new FrozenStateException(Reason.NOT_OURS, file + " holds no connections of a daemon");
        }
        int version = in.number16("version");
        if (version != VERSION) {
            throw new FrozenStateException(
                    Reason.VERSION, file + " has version " + version + ", this program reads " + VERSION);
        }
        if (!MessageDigest.isEqual(digest(all, length), Arrays.copyOfRange(all, length, all.length))) {
            throw new FrozenStateException(Reason.DAMAGED, file + " is not what was written");
        }
        long ageMillis = Math.max(0, clock.millis() - in.number64("time", 0, Long.MAX_VALUE));
        ProcessLife process = new ProcessLife(
                in.number64("process", 1, Integer.MAX_VALUE), in.number64("start of the process", 0, Long.MAX_VALUE));
        byte[] stack = in.octets("stack", Integer.MAX_VALUE);
        byte[] daemon = in.octets("daemon", Integer.MAX_VALUE);
        StateReader.require(in.remaining() == DIGEST_BYTES, "end of the file");
        return new Saved(stack, daemon, Duration.ofMillis(ageMillis), process);
    }

    /** Its connections live, or are of no use: it is overwritten and removed. */
    public void wipe() throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
            for (long left = channel.size(); left > 0; left -= zeros.position()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), left));
                channel.write(zeros);
            }
            channel.force(true);
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(file);
    }

    /** It could not be used: it stays for people to look at, under another name. @return that name */
    public Path setAside() throws IOException {
        Path aside = folder().resolve(file.getFileName() + UNREADABLE_SUFFIX);
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        return aside;
    }

    private Path folder() {
        Path folder = file.getParent();
        if (folder == null) {
            throw new IllegalArgumentException(file + " has no folder; choose another restart.state_file");
        }
        return folder;
    }

    /** Nobody but this process' user can have read or written it. */
    private static void requireSafe(Path path, boolean folder) throws IOException {
        Map<String, Object> facts = Files.readAttributes(path, "unix:uid,mode,nlink", LinkOption.NOFOLLOW_LINKS);
        int uid = number(facts, "uid");
        int mode = number(facts, "mode");
        boolean kind = folder
                ? Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                : Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && number(facts, "nlink") == 1;
        boolean closed = folder ? (mode & OTHERS_WRITE) == 0 : (mode & PERMISSION_BITS) == 0600;
        if (!kind || !closed || uid != ownUid()) {
            throw new FrozenStateException(
                    Reason.UNSAFE,
                    path
                            + (folder
                                    ? " must be a folder that only its owner, the daemon's user, may write to"
                                    : " must be a file of the daemon's user with mode 0600"));
        }
    }

    private static int number(Map<String, Object> facts, String name) {
        return facts.get(name) instanceof Integer number ? number : -1;
    }

    private static int ownUid() throws IOException {
        return number(Files.readAttributes(Path.of("/proc/self"), "unix:uid"), "uid");
    }

    private static byte[] digest(byte[] octets, int length) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(octets, 0, length);
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
