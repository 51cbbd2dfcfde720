package net.sojourn.daemon.config;

/**
 * One thing wrong with a configuration.
 *
 * @param line from 1; 0 when it is about something that is missing
 * @param key empty when the text is no TOML at all
 * @param problem what is wrong, then what to do
 */
public record ConfigError(String file, int line, int column, String key, String problem) {

    /** {@code file:line:column: key: what is wrong; remedy}. */
    @Override
    public String toString() {
        return file + ":" + (line == 0 ? "" : line + ":" + column + ":") + (key.isEmpty() ? "" : " " + key + ":") + " "
                + problem;
    }
}
