package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.sojourn.stack.machine.Deadlines.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * One packet whose fragments have come in part. Pieces never overlap: the first overlap condemns the whole packet, with what
 * is still to come of it (RFC 5722 4, RFC 8200 4.5; for IPv4 no host that is sound sends one either).
 */
abstract class FragmentedPacket extends Deadline {

    /** What an entry and a piece weigh beside their octets. */
    static final int ENTRY_BYTES = 256;

    static final int PIECE_BYTES = 64;

    private static final int MOST_PIECES = 128;

    /** RFC 3168 5.3: one octet of bits, by codepoint. */
    private static final int CE_BIT = 1 << 3;

    private static final int NOT_ECT_BIT = 1;

    private record Piece(int start, byte[] octets) {
        int end() {
            return start + octets.length;
        }
    }

    final FragmentKey key;
    private final List<Piece> pieces = new ArrayList<>(4);
    private byte @Nullable [] first;
    private int nextHeader;
    private int receivedBytes;
    private int totalBytes = -1;
    private int codepoints;
    private boolean condemned;

    FragmentedPacket(FragmentKey key) {
        this.key = key;
    }

    /** Everything before the payload, and the fragment itself, for errors that quote it: kept of the first fragment. */
    void keepFirst(byte[] packet, int protocol) {
        first = packet;
        nextHeader = protocol;
    }

    /** What the payload is. */
    int nextHeader() {
        return nextHeader;
    }

    /** The fragment with offset 0 as it came; empty before it came and when the packet is condemned. */
    byte[] first() {
        return first == null || condemned ? new byte[0] : first;
    }

    boolean isCondemned() {
        return condemned;
    }

    boolean isComplete() {
        return !condemned && receivedBytes == totalBytes;
    }

    /** Octets of payload; meaningful when it is complete. */
    int totalBytes() {
        return totalBytes;
    }

    /** Memory held. */
    int heldBytes() {
        return condemned
                ? ENTRY_BYTES
                : ENTRY_BYTES + receivedBytes + pieces.size() * PIECE_BYTES + (first == null ? 0 : first.length);
    }

    /**
     * Takes a fragment in.
     *
     * @return false if it was dropped: a copy of what is here, or one that condemned the packet
     */
    boolean add(int start, boolean more, int codepoint, ByteBuf packet, int index, int length) {
        if (condemned) {
            return false;
        }
        int place = 0;
        while (place < pieces.size() && pieces.get(place).start() < start) {
            place++;
        }
        if (place < pieces.size() && isCopy(pieces.get(place), start, packet, index, length)) {
            return false;
        }
        boolean overlaps = place > 0 && pieces.get(place - 1).end() > start
                || place < pieces.size() && pieces.get(place).start() < start + length;
        boolean disagrees = totalBytes >= 0 && (start + length > totalBytes || !more && start + length != totalBytes);
        int reach = pieces.isEmpty() ? 0 : pieces.get(pieces.size() - 1).end();
        boolean endsTooEarly = !more && start + length < reach;
        if (overlaps || disagrees || endsTooEarly || pieces.size() == MOST_PIECES) {
            condemn();
            return false;
        }
        byte[] octets = new byte[length];
        packet.getBytes(index, octets);
        pieces.add(place, new Piece(start, octets));
        receivedBytes += length;
        codepoints |= 1 << codepoint;
        if (!more) {
            totalBytes = start + length;
        }
        if ((codepoints & (CE_BIT | NOT_ECT_BIT)) == (CE_BIT | NOT_ECT_BIT)) {
            // RFC 3168 5.3: one of them lies.
            condemn();
            return false;
        }
        return true;
    }

    /** RFC 8200 4.5 lets a network double a fragment. */
    private static boolean isCopy(Piece piece, int start, ByteBuf packet, int index, int length) {
        if (piece.start() != start || piece.octets().length != length) {
            return false;
        }
        byte[] octets = new byte[length];
        packet.getBytes(index, octets);
        return Arrays.equals(octets, piece.octets());
    }

    void condemn() {
        condemned = true;
        pieces.clear();
        first = null;
    }

    /** Whether any fragment was marked: then the packet is (RFC 3168 5.3). */
    boolean experiencedCongestion() {
        return (codepoints & CE_BIT) != 0;
    }

    /** The payload, written behind the first {@code from} octets of {@code packet}. */
    void copyTo(byte[] packet, int from) {
        for (Piece piece : pieces) {
            System.arraycopy(piece.octets(), 0, packet, from + piece.start(), piece.octets().length);
        }
    }
}
