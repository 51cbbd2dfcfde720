package net.sojourn.benchmarks;

/** Ways to keep a conversation over a change of network. */
public enum Mobility {
    M2("Sojourn M2"),
    CLASSIC("Sojourn classic"),
    MPTCP("Linux MPTCP"),
    QUIC("QUIC, Netty"),
    RECONNECT("TCP, reconnecting");

    final String title;

    Mobility(String title) {
        this.title = title;
    }

    boolean isSojourn() {
        return this == M2 || this == CLASSIC;
    }

    /** After a second move of one connection Netty's client receives packets and no more text. */
    boolean movesOnlyOnce() {
        return this == QUIC;
    }
}
