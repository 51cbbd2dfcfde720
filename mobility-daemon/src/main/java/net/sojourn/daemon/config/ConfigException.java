package net.sojourn.daemon.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. Its message has a line for each error. */
public final class ConfigException extends Exception {

    private final transient List<ConfigError> errors;

    ConfigException(List<ConfigError> errors) {
        super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
        this.errors = List.copyOf(errors);
    }

    /** All of them, in the file's order. */
    public List<ConfigError> errors() {
        return errors;
    }
}
