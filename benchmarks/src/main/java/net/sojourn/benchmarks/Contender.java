package net.sojourn.benchmarks;

/** Whose TCP is measured, on the far side of a TUN. */
enum Contender {
    SOJOURN("Sojourn"),
    /** In a namespace of its own, behind a pair of TUNs and the program that joins them. */
    KERNEL("kernel TCP");

    final String title;

    Contender(String title) {
        this.title = title;
    }
}
