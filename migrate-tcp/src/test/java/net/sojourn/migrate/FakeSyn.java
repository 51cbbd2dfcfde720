package net.sojourn.migrate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import net.sojourn.stack.spi.SynWriter;

/** A SYN being built, with the four options of an ordinary one in it. */
public final class FakeSyn implements SynWriter {

    private final ByteArrayOutputStream added = new ByteArrayOutputStream();
    private final boolean timestamps;
    private final int roomBytes;
    private int tsVal = 77;
    private int tsEcr;

    public FakeSyn(boolean timestamps, int roomBytes) {
        this.timestamps = timestamps;
        this.roomBytes = roomBytes;
    }

    public static FakeSyn ordinary() {
        return new FakeSyn(true, 21);
    }

    @Override
    public int roomBytes() {
        return roomBytes - added.size();
    }

    @Override
    public boolean hasTimestamps() {
        return timestamps;
    }

    @Override
    public void option(byte[] encoded) {
        if (encoded.length > roomBytes()) {
            throw new IllegalArgumentException("no room for " + encoded.length + " octets");
        }
        added.writeBytes(encoded);
    }

    @Override
    public void timestamps(int newTsVal, int newTsEcr) {
        if (!timestamps) {
            throw new IllegalStateException("no timestamps");
        }
        tsVal = newTsVal;
        tsEcr = newTsEcr;
    }

    public int tsVal() {
        return tsVal;
    }

    /** What the extension added. */
    public byte[] added() {
        return added.toByteArray();
    }

    /** All options: MSS, SACK-permitted, timestamps, window scale and what was added. */
    public byte[] options() {
        ByteBuffer all = ByteBuffer.allocate(40);
        all.put(new byte[] {2, 4, 5, (byte) 0xB4, 4, 2});
        if (timestamps) {
            all.put((byte) 8).put((byte) 10).putInt(tsVal).putInt(tsEcr);
        }
        all.put(new byte[] {3, 3, 7}).put(added());
        byte[] octets = new byte[all.position()];
        all.flip().get(octets);
        return octets;
    }
}
