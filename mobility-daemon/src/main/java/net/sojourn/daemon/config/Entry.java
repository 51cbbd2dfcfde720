package net.sojourn.daemon.config;

/** By which of a daemon's ways in a connection came to be. */
public enum Entry {
    /** A program of this host asked for it over SOCKS5. */
    SOCKS5("socks5"),
    /** A peer connected to a published port. */
    PUBLISH("publish"),
    /** The program that the daemon lives in made or accepted it. */
    PROGRAM("program");

    private final String word;

    Entry(String word) {
        this.word = word;
    }

    /** As in the configuration. */
    public String word() {
        return word;
    }
}
