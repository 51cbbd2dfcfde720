package net.sojourn.benchmarks;

/**
 * What the TUN itself allows: a program that only reads, or only writes, packets.
 *
 * @param language of the program
 * @param reading or writing
 * @param packetBytes of each IP packet
 */
record Ceiling(String language, boolean reading, int packetBytes) {

    @Override
    public String toString() {
        return language + (reading ? ", reads " : ", writes ") + packetBytes + " octets";
    }
}
