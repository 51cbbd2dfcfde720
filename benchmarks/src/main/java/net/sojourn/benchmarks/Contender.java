package net.sojourn.benchmarks;

/** Whose TCP is measured, on the far side of a TUN. */
enum Contender {
    SOJOURN("Sojourn"),
    /** In a namespace of its own, behind a pair of TUNs and the program that joins them. */
    KERNEL("kernel TCP"),
    /** Built from Debian's {@code golang-gvisor-gvisor-dev}. */
    GVISOR("gVisor netstack"),
    /** Built from Debian's {@code liblwip-dev}; knows no virtio-net header. */
    LWIP("lwIP");

    final String title;

    Contender(String title) {
        this.title = title;
    }
}
