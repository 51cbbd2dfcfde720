package net.sojourn.dns.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The default owner id: derived from the machine and the key, so that a lost state file does not lock a host out of its
 * own name. It is a fingerprint and tells neither.
 */
public final class OwnerId {

    private static final Path MACHINE_ID = Path.of("/etc/machine-id");

    private OwnerId() {}

    /** 32 hexadecimal digits. */
    public static String derive(String machineId, String keyName) {
        byte[] digest = sha256().digest((machineId + "|" + keyName).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, 16);
    }

    /** What systemd calls the machine; empty in a container that has none. */
    public static Optional<String> machineId() {
        try {
            String text = Files.readString(MACHINE_ID).trim();
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
