package net.sojourn.stack.spi;

/** Makes the congestion control of a new path. */
@FunctionalInterface
public interface CongestionControlFactory {

    /** @param mssBytes payload octets of a full-sized segment */
    CongestionControl create(int mssBytes);
}
