package net.sojourn.benchmarks;

/** Which way the text goes, seen from the stack that is measured. */
enum Way {
    /** The driver sends to the discard port. */
    RECEIVE(9),
    /** The driver reads from the source port. */
    SEND(19);

    /** Where the measured stack listens for it. */
    final int port;

    Way(int port) {
        this.port = port;
    }
}
