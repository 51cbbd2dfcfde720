package net.sojourn.dns.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads keys from the files that BIND's tools write: {@code tsig-keygen} (TSIG, one or several {@code key} clauses) and
 * {@code dnssec-keygen -T KEY} ({@code K*.private} with its {@code K*.key} beside it). Which of both it is follows from the
 * file's name. A file with a secret that others may read is refused.
 */
public final class KeyFiles {

    private static final long MAX_BYTES = 64 * 1024;
    private static final Set<PosixFilePermission> FORBIDDEN = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private KeyFiles() {}

    /**
     * @param keyName which key of a file with several; empty when it has one
     * @throws KeyFileException with file, line, cause and remedy
     */
    public static UpdateKey read(Path file, Optional<String> keyName) throws KeyFileException {
        String fileName = String.valueOf(file.getFileName());
        if (fileName.endsWith(".private")) {
            return matching(file, Sig0KeyFile.read(file, secretText(file)), keyName);
        }
        if (fileName.startsWith("K") && fileName.endsWith(".key")) {
            Path secretHalf = file.resolveSibling(fileName.substring(0, fileName.length() - 4) + ".private");
            return matching(secretHalf, Sig0KeyFile.read(secretHalf, secretText(secretHalf)), keyName);
        }
        return pick(file, TsigKeyFile.parse(file, secretText(file)), keyName);
    }

    /** All TSIG keys of a file, in its order; not empty. */
    public static List<TsigKey> readTsig(Path file) throws KeyFileException {
        return TsigKeyFile.parse(file, secretText(file));
    }

    private static UpdateKey pick(Path file, List<TsigKey> keys, Optional<String> keyName) throws KeyFileException {
        if (keyName.isEmpty() && keys.size() > 1) {
            throw new KeyFileException(file, "holds " + keys.size() + " keys (" + names(keys) + "): say which one");
        }
        for (TsigKey key : keys) {
            if (keyName.isEmpty() || sameName(key, keyName.get())) {
                return key;
            }
        }
        throw new KeyFileException(file, "has no key \"" + keyName.orElse("") + "\"; it has: " + names(keys));
    }

    private static UpdateKey matching(Path file, Sig0Key key, Optional<String> keyName) throws KeyFileException {
        if (keyName.isPresent() && !sameName(key, keyName.get())) {
            throw new KeyFileException(file, "is the key \"" + key.keyName() + "\", not \"" + keyName.get() + "\"");
        }
        return key;
    }

    private static boolean sameName(UpdateKey key, String name) {
        return key.keyName().equalsIgnoreCase(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
    }

    private static String names(List<TsigKey> keys) {
        return keys.stream().map(TsigKey::keyName).collect(Collectors.joining(", "));
    }

    private static String secretText(Path file) throws KeyFileException {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.stream().anyMatch(FORBIDDEN::contains)) {
                throw new KeyFileException(
                        file, "others may read or change this secret: chmod 600 " + file + " and consider a new key");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new KeyFileException(file, "is larger than " + MAX_BYTES + " octets: this is no key file");
            }
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (KeyFileException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw new KeyFileException(file, "no such file; make one with: tsig-keygen NAME > FILE");
        } catch (IOException e) {
            throw new KeyFileException(file, "cannot be read: " + e.getMessage());
        }
    }
}
