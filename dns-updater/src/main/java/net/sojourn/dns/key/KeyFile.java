package net.sojourn.dns.key;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads the keys that BIND's tools write: a file of {@code key} clauses ({@code tsig-keygen}), or the {@code .private}
 * half of a SIG(0) pair ({@code dnssec-keygen -T KEY}). Any thread.
 */
public final class KeyFile {

    private KeyFile() {}

    /**
     * @param file TSIG file, or a path that ends in {@code .private}
     * @param keyName which key of a TSIG file with several; the final dot may be left out
     * @throws KeyFileException if the file is readable or writable by others, damaged, or does not decide on one key
     */
    public static UpdateKey read(Path file, Optional<String> keyName) throws KeyFileException {
        String text = SecretFile.read(file);
        if (file.getFileName().toString().endsWith(".private")) {
            return Sig0PrivateFile.read(file, text);
        }
        try {
            return choose(TsigKeyClauses.parse(text), keyName);
        } catch (KeyFileException e) {
            throw new KeyFileException(file + ": " + e.getMessage(), e);
        }
    }

    /** @throws KeyFileException naming the line and what was expected there */
    static List<TsigKey> parseTsig(String text) throws KeyFileException {
        return TsigKeyClauses.parse(text);
    }

    private static UpdateKey choose(List<TsigKey> keys, Optional<String> keyName) throws KeyFileException {
        if (keys.isEmpty()) {
            throw new KeyFileException("has no key clause. Make one with: tsig-keygen -a hmac-sha256 NAME");
        }
        List<String> names = keys.stream().map(TsigKey::name).toList();
        if (keyName.isEmpty()) {
            if (keys.size() > 1) {
                throw new KeyFileException("has several keys, name one of " + names + " in the configuration");
            }
            return keys.get(0);
        }
        String wanted = keyName.get().endsWith(".") ? keyName.get() : keyName.get() + ".";
        return keys.stream()
                .filter(key -> key.name().equalsIgnoreCase(wanted))
                .findFirst()
                .orElseThrow(() -> new KeyFileException("has no key " + wanted + ", only " + names));
    }
}
