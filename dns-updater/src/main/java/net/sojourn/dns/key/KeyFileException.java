package net.sojourn.dns.key;

import java.io.IOException;
import java.nio.file.Path;

/** A key file cannot be used; the message names file, line where known, cause and remedy, and no secret. */
public final class KeyFileException extends IOException {

    private static final long serialVersionUID = 1L;

    KeyFileException(Path file, String whatAndRemedy) {
        super(file + ": " + whatAndRemedy);
    }

    KeyFileException(Path file, int line, String whatAndRemedy) {
        super(file + ":" + line + ": " + whatAndRemedy);
    }
}
