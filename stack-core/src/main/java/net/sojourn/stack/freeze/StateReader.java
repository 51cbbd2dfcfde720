package net.sojourn.stack.freeze;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.freeze.FrozenStateException.Reason;

/**
 * Reads what {@link StateWriter} wrote, out of octets that may be anybody's: never looks outside, allocates no more than
 * there are octets. One thread.
 */
public final class StateReader {

    private final byte[] octets;
    private final int end;
    private int at;

    /** @param octets borrowed: views of them are handed out */
    public StateReader(byte[] octets) {
        this(octets, 0, octets.length);
    }

    private StateReader(byte[] octets, int from, int end) {
        this.octets = octets;
        this.at = from;
        this.end = end;
    }

    /** Octets not read yet. */
    public int remaining() {
        return end - at;
    }

    public boolean flag(String what) throws FrozenStateException {
        return octet(what, 1) == 1;
    }

    /** @param most the largest that can be meant, at most 255 */
    public int octet(String what, int most) throws FrozenStateException {
        need(1, what);
        int value = octets[at++] & 0xFF;
        require(value <= most, what);
        return value;
    }

    public int number16(String what) throws FrozenStateException {
        need(2, what);
        return (octets[at++] & 0xFF) << 8 | octets[at++] & 0xFF;
    }

    public int number32(String what) throws FrozenStateException {
        return number16(what) << 16 | number16(what);
    }

    public long number64(String what) throws FrozenStateException {
        return (long) number32(what) << 32 | number32(what) & 0xFFFF_FFFFL;
    }

    /** A 32-bit number from {@code least} to {@code most}. */
    public int number32(String what, int least, int most) throws FrozenStateException {
        int value = number32(what);
        require(value >= least && value <= most, what);
        return value;
    }

    /** A 64-bit number from {@code least} to {@code most}. */
    public long number64(String what, long least, long most) throws FrozenStateException {
        long value = number64(what);
        require(value >= least && value <= most, what);
        return value;
    }

    public IpAddress address(String what) throws FrozenStateException {
        return new IpAddress(number64(what), number64(what));
    }

    /** Two addresses of one family that somebody can have, two ports. */
    public FourTuple tuple(String what) throws FrozenStateException {
        FourTuple tuple = new FourTuple(address(what), number16(what), address(what), number16(what));
        require(tuple.localPort() > 0 && tuple.peerPort() > 0, what);
        require(isUsable(tuple.localAddress()) && isUsable(tuple.peerAddress()), what);
        require(tuple.localAddress().isIpv4() == tuple.peerAddress().isIpv4(), what);
        return tuple;
    }

    private static boolean isUsable(IpAddress address) {
        return !address.isUnspecified() && !address.isMulticast();
    }

    /** A copy. */
    public byte[] octets(String what, int most) throws FrozenStateException {
        int length = length(what, most);
        at += length;
        return Arrays.copyOfRange(octets, at - length, at);
    }

    /** A view of the octets themselves. */
    public ByteBuffer view(String what, int most) throws FrozenStateException {
        int length = length(what, most);
        at += length;
        return ByteBuffer.wrap(octets, at - length, length).slice();
    }

    /** What stands between {@link StateWriter#begin} and {@link StateWriter#end}. */
    public StateReader part(String what) throws FrozenStateException {
        int length = length(what, Integer.MAX_VALUE);
        at += length;
        return new StateReader(octets, at - length, at);
    }

    private int length(String what, int most) throws FrozenStateException {
        int length = number32(what);
        require(length >= 0 && length <= most, what);
        need(length, what);
        return length;
    }

    /** @throws FrozenStateException if something is left */
    public void end(String what) throws FrozenStateException {
        require(at == end, what);
    }

    /** @throws FrozenStateException unless {@code holds} */
    public static void require(boolean holds, String what) throws FrozenStateException {
        if (!holds) {
            throw new FrozenStateException(Reason.INCONSISTENT, "the frozen state has an impossible " + what);
        }
    }

    private void need(int bytes, String what) throws FrozenStateException {
        if (bytes > end - at) {
            throw new FrozenStateException(Reason.TRUNCATED, "the frozen state ends within " + what);
        }
    }
}
