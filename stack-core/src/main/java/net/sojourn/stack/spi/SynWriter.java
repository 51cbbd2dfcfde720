package net.sojourn.stack.spi;

/** What an extension may add to a SYN or SYN/ACK that is being built. */
public interface SynWriter {

    /** Octets of option space left behind the stack's own options. */
    int roomBytes();

    /** Whether this segment carries a timestamp option. */
    boolean hasTimestamps();

    /**
     * Adds one encoded option.
     *
     * @throws IllegalArgumentException if it is longer than {@link #roomBytes()}
     */
    void option(byte[] encoded);

    /**
     * Replaces both fields of the timestamp option. The connection's timestamp clock continues from {@code tsVal}.
     *
     * @throws IllegalStateException if there is no timestamp option
     */
    void timestamps(int tsVal, int tsEcr);
}
