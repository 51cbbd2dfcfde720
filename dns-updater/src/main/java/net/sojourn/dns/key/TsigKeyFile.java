package net.sojourn.dns.key;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code key} clauses of a BIND configuration file:
 *
 * <pre>key "name" { algorithm hmac-sha256; secret "base64"; };</pre>
 *
 * Comments are {@code //}, {@code #} and those of C. Other statements are passed over, nested braces and all. No regular
 * expression sees the text, so hostile input costs no more than its length.
 */
final class TsigKeyFile {

    private static final Logger LOG = LoggerFactory.getLogger(TsigKeyFile.class);

    private final Path file;
    private final BindTokens tokens;

    private TsigKeyFile(Path file, String text) {
        this.file = file;
        this.tokens = new BindTokens(file, text);
    }

    /** @return not empty */
    static List<TsigKey> parse(Path file, String text) throws KeyFileException {
        return new TsigKeyFile(file, text).keys();
    }

    private List<TsigKey> keys() throws KeyFileException {
        List<TsigKey> keys = new ArrayList<>();
        while (tokens.hasNext()) {
            if (tokens.next().equalsIgnoreCase("key")) {
                keys.add(key());
            } else {
                skipStatement();
            }
        }
        if (keys.isEmpty()) {
            throw new KeyFileException(
                    file,
                    "has no key clause; it should read: key \"NAME\" { algorithm hmac-sha256; secret \"...\"; };");
        }
        return keys;
    }

    private TsigKey key() throws KeyFileException {
        int line = tokens.line();
        String name = tokens.nextWord("the key's name");
        tokens.expect("{");
        String algorithm = "";
        String secret = "";
        for (String field = tokens.next(); !field.equals("}"); field = tokens.next()) {
            switch (field.toLowerCase(Locale.ROOT)) {
                case "algorithm" -> algorithm = tokens.nextWord("an algorithm");
                case "secret" -> secret = tokens.nextWord("a secret");
                default ->
                    throw new KeyFileException(
                            file, tokens.line(), "a key clause has only algorithm and secret, each ended by ';'");
            }
            tokens.expect(";");
        }
        tokens.expect(";");
        if (algorithm.isEmpty() || secret.isEmpty()) {
            throw new KeyFileException(file, line, "key \"" + name + "\" needs both algorithm and secret");
        }
        return made(line, name, algorithm, secret);
    }

    private TsigKey made(int line, String name, String algorithm, String secret) throws KeyFileException {
        byte[] octets;
        try {
            octets = Base64.getDecoder().decode(secret);
        } catch (IllegalArgumentException e) {
            // The decoder's message would quote a part of the secret.
            throw new KeyFileException(file, line, "the secret of key \"" + name + "\" is not base64: copy it again");
        }
        try {
            TsigKey key = TsigKey.of(name, algorithm, octets);
            if (key.algorithm().startsWith("hmac-md5")) {
                LOG.warn("key {} uses hmac-md5, which is broken: make a new one with tsig-keygen", key.keyName());
            }
            return key;
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(file, line, String.valueOf(e.getMessage()));
        }
    }

    /** The word before was not {@code key}: on to the semicolon of its own level. */
    private void skipStatement() throws KeyFileException {
        int depth = 0;
        while (tokens.hasNext()) {
            switch (tokens.next()) {
                case "{" -> depth++;
                case "}" -> depth--;
                case ";" -> {
                    if (depth <= 0) {
                        return;
                    }
                }
                default -> {}
            }
        }
    }
}
