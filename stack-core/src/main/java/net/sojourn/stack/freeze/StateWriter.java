package net.sojourn.stack.freeze;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;

/**
 * Writes values one after the other, big endian, without names: {@link StateReader} reads them in the same order. Arrays that
 * are left behind when it grows are wiped. One thread.
 */
public final class StateWriter implements AutoCloseable {

    private static final int FIRST_BYTES = 4096;

    private byte[] octets = new byte[FIRST_BYTES];
    private int size;

    /** Octets written so far. */
    public int size() {
        return size;
    }

    public StateWriter flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** @param value its low 8 bits count */
    public StateWriter octet(int value) {
        room(1)[size++] = (byte) value;
        return this;
    }

    /** @param value its low 16 bits count */
    public StateWriter number16(int value) {
        return octet(value >>> 8).octet(value);
    }

    public StateWriter number32(int value) {
        return number16(value >>> 16).number16(value);
    }

    public StateWriter number64(long value) {
        return number32((int) (value >>> 32)).number32((int) value);
    }

    public StateWriter address(IpAddress address) {
        return number64(address.hi()).number64(address.lo());
    }

    public StateWriter tuple(FourTuple tuple) {
        return address(tuple.localAddress())
                .number16(tuple.localPort())
                .address(tuple.peerAddress())
                .number16(tuple.peerPort());
    }

    /** Their number, then the octets. */
    public StateWriter octets(byte[] value) {
        number32(value.length);
        System.arraycopy(value, 0, room(value.length), size, value.length);
        size += value.length;
        return this;
    }

    /** Their number, then {@code length} octets that {@code source} puts into the buffer it is given. */
    public StateWriter octets(int length, Consumer<ByteBuffer> source) {
        number32(length);
        source.accept(ByteBuffer.wrap(room(length), size, length).slice());
        size += length;
        return this;
    }

    /** Begins a part that {@link StateReader#part} reads; {@link #end} fills in its length. */
    public int begin() {
        number32(0);
        return size;
    }

    /** @param begin what {@link #begin} said */
    public void end(int begin) {
        number32At(begin - Integer.BYTES, size - begin);
    }

    /** Puts another number where one was written. */
    public void number32At(int index, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            octets[index + i] = (byte) (value >>> 8 * (Integer.BYTES - 1 - i));
        }
    }

    /** A copy of all, which is the caller's to wipe. */
    public byte[] toBytes() {
        return Arrays.copyOf(octets, size);
    }

    private byte[] room(int more) {
        if (more > octets.length - size) {
            long wanted = Math.max((long) size + more, 2L * octets.length);
            if ((long) size + more > Integer.MAX_VALUE - 8) {
                throw new IllegalStateException("a frozen state beyond 2 GiB");
            }
            byte[] larger = Arrays.copyOf(octets, (int) Math.min(Integer.MAX_VALUE - 8, wanted));
            Arrays.fill(octets, (byte) 0);
            octets = larger;
        }
        return octets;
    }

    /** Wipes all. */
    @Override
    public void close() {
        Arrays.fill(octets, (byte) 0);
        size = 0;
    }
}
