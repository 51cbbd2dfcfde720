package net.sojourn.dns.key;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Reads a file that only its owner may read. */
final class SecretFile {

    private static final Set<PosixFilePermission> FOR_OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    /** Key files are a few hundred octets; this many say that the path is wrong. */
    private static final long MAX_BYTES = 1 << 20;

    private SecretFile() {}

    static String read(Path file) throws KeyFileException {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.stream().anyMatch(FOR_OTHERS::contains)) {
                throw new KeyFileException(
                        file + ": others than its owner may read or change it. Run: chmod 600 " + file);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new KeyFileException(file + ": larger than " + MAX_BYTES + " octets, this is no key file");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new KeyFileException(
                    file + ": does not exist. Make one with tsig-keygen, or correct the path in the configuration.", e);
        } catch (CharacterCodingException e) {
            throw new KeyFileException(file + ": is not text, so no key file of BIND", e);
        } catch (IOException e) {
            throw new KeyFileException(file + ": cannot be read (" + e + "). Check its owner and mode.", e);
        }
    }
}
