package net.sojourn.stack.ip;

import net.sojourn.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** The addresses seen lately, so that a packet from a known peer makes no object. */
final class InternedAddresses {

    private static final int SLOTS = 1024;

    private final @Nullable IpAddress[] slots = new @Nullable IpAddress[SLOTS];

    IpAddress of(long hi, long lo) {
        long mixed = (hi * 31 + lo) * 0x9E37_79B9_7F4A_7C15L;
        int slot = (int) (mixed >>> 54) & (SLOTS - 1);
        IpAddress known = slots[slot];
        if (known != null && known.lo() == lo && known.hi() == hi) {
            return known;
        }
        IpAddress fresh = new IpAddress(hi, lo);
        slots[slot] = fresh;
        return fresh;
    }
}
