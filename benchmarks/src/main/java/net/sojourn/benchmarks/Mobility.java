package net.sojourn.benchmarks;

/** Ways to keep a conversation over a change of network. */
enum Mobility {
    M2("Sojourn M2"),
    CLASSIC("Sojourn classic"),
    MPTCP("Linux MPTCP"),
    RECONNECT("TCP, reconnecting");

    final String title;

    Mobility(String title) {
        this.title = title;
    }

    boolean isSojourn() {
        return this == M2 || this == CLASSIC;
    }
}
