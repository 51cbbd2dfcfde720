package net.sojourn.tun;

/**
 * How a {@link TunPort} is opened.
 *
 * @param name of the device, 1 to 15 octets; an existing TUN device of that name is taken over
 * @param offload whether segments above the MTU and unfinished TCP checksums pass between stack and kernel; worth several
 *     times the throughput. Without it every packet is as on a wire
 * @param mtuBytes the device's MTU, or 0 to leave it as it is (1,500 when new)
 */
public record TunSettings(String name, boolean offload, int mtuBytes) {

    /** System property that turns all offload of a program off: {@code -Dsojourn.offload=false}. */
    public static final String OFFLOAD_PROPERTY = "sojourn.offload";

    private static final int LEAST_MTU_BYTES = 68;
    private static final int LARGEST_MTU_BYTES = 65_535;

    public TunSettings {
        if (mtuBytes != 0 && (mtuBytes < LEAST_MTU_BYTES || mtuBytes > LARGEST_MTU_BYTES)) {
            throw new IllegalArgumentException("an MTU has " + LEAST_MTU_BYTES + " to " + LARGEST_MTU_BYTES
                    + " octets (RFC 791 3.2): " + mtuBytes);
        }
    }

    /** A device of this name, with offload unless {@link #OFFLOAD_PROPERTY} says no, its MTU as it is. */
    public static TunSettings named(String name) {
        return new TunSettings(name, !"false".equals(System.getProperty(OFFLOAD_PROPERTY)), 0);
    }

    public TunSettings offload(boolean value) {
        return new TunSettings(name, value, mtuBytes);
    }

    public TunSettings mtuBytes(int value) {
        return new TunSettings(name, offload, value);
    }
}
