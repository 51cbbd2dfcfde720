package net.sojourn.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.SegmentView;

/**
 * A TCP segment (RFC 9293 3.1) over a buffer, its options indexed by {@link #check}.
 *
 * <pre>
 * 0 source port | 2 destination port | 4 sequence number | 8 acknowledgement number
 * 12 data offset:4 reserved:4 | 13 flags | 14 window | 16 checksum | 18 urgent pointer | 20 options
 * </pre>
 */
public final class TcpView implements SegmentView {

    public static final int MIN_HEADER_BYTES = 20;

    private static final int MAX_SACK_BLOCKS = 4;

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int base;
    private int length;
    private int segmentBytes;
    private int trafficClass;

    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private int timestampsAt;
    private int sackAt;
    private int sackBlocks;
    private int userTimeout;
    private boolean unknownOptions;

    /** Points this view at {@code length} octets from absolute {@code base}; {@link #check} must follow. */
    public TcpView wrap(ByteBuf buffer, int base, int length, int trafficClass, int segmentBytes) {
        this.buffer = buffer;
        this.base = base;
        this.length = length;
        this.trafficClass = trafficClass;
        this.segmentBytes = segmentBytes;
        return this;
    }

    /** Refuses truncation, a bad data offset, port 0 and malformed options; indexes the options otherwise. */
    public DropReason check() {
        if (length < MIN_HEADER_BYTES) {
            return DropReason.TCP_TRUNCATED;
        }
        int headerBytes = headerBytes();
        if (headerBytes < MIN_HEADER_BYTES || headerBytes > length) {
            return DropReason.TCP_DATA_OFFSET;
        }
        if (sourcePort() == 0 || destinationPort() == 0) {
            return DropReason.TCP_PORT_ZERO;
        }
        return indexOptions(base + MIN_HEADER_BYTES, base + headerBytes) ? DropReason.NONE : DropReason.TCP_OPTIONS;
    }

    private boolean indexOptions(int from, int end) {
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestampsAt = 0;
        sackAt = 0;
        sackBlocks = 0;
        userTimeout = -1;
        unknownOptions = false;
        int i = from;
        while (i < end) {
            int kind = buffer.getUnsignedByte(i);
            if (kind == TcpOption.END) {
                return true;
            }
            if (kind == TcpOption.NO_OPERATION) {
                i++;
                continue;
            }
            if (i + 1 >= end) {
                return false;
            }
            int optionBytes = buffer.getUnsignedByte(i + 1);
            if (optionBytes < 2 || i + optionBytes > end) {
                return false;
            }
            indexOption(kind, i, optionBytes);
            i += optionBytes;
        }
        return true;
    }

    /** A known kind with a length that is not its own is ignored, as if it were unknown (RFC 9293 3.1, MUST-6). */
    private void indexOption(int kind, int at, int optionBytes) {
        switch (kind) {
            case TcpOption.MAXIMUM_SEGMENT_SIZE -> {
                if (optionBytes == TcpOption.MAXIMUM_SEGMENT_SIZE_BYTES) {
                    mss = buffer.getUnsignedShort(at + 2);
                }
            }
            case TcpOption.WINDOW_SCALE -> {
                if (optionBytes == TcpOption.WINDOW_SCALE_BYTES) {
                    windowScale = Math.min(buffer.getUnsignedByte(at + 2), TcpOption.MAX_WINDOW_SCALE);
                }
            }
            case TcpOption.SACK_PERMITTED -> sackPermitted |= optionBytes == TcpOption.SACK_PERMITTED_BYTES;
            case TcpOption.TIMESTAMPS -> {
                if (optionBytes == TcpOption.TIMESTAMPS_BYTES) {
                    timestampsAt = at;
                }
            }
            case TcpOption.SACK -> {
                if ((optionBytes - 2) % TcpOption.SACK_BLOCK_BYTES == 0) {
                    sackAt = at;
                    sackBlocks = Math.min((optionBytes - 2) / TcpOption.SACK_BLOCK_BYTES, MAX_SACK_BLOCKS);
                }
            }
            case TcpOption.USER_TIMEOUT -> {
                if (optionBytes == TcpOption.USER_TIMEOUT_BYTES) {
                    userTimeout = buffer.getUnsignedShort(at + 2);
                }
            }
            case TcpOption.FAST_OPEN -> {
                // Looked up where a SYN makes a connection (option).
            }
            default -> unknownOptions = true;
        }
    }

    public int sourcePort() {
        return buffer.getUnsignedShort(base);
    }

    public int destinationPort() {
        return buffer.getUnsignedShort(base + 2);
    }

    @Override
    public int seq() {
        return buffer.getInt(base + 4);
    }

    @Override
    public int ack() {
        return buffer.getInt(base + 8);
    }

    public int headerBytes() {
        return (buffer.getUnsignedByte(base + 12) >>> 4) * 4;
    }

    @Override
    public int flags() {
        return buffer.getUnsignedByte(base + 13);
    }

    @Override
    public int window() {
        return buffer.getUnsignedShort(base + 14);
    }

    /** Meaningful only with the URG flag: how far behind {@link #seq()} urgent data end (RFC 6093 2.1). */
    public int urgentPointer() {
        return buffer.getUnsignedShort(base + 18);
    }

    /** The ECN field of the packet was set to CE by a router (RFC 3168 5). */
    public boolean experiencedCongestion() {
        return (trafficClass & EcnField.CONGESTION_EXPERIENCED) == EcnField.CONGESTION_EXPERIENCED;
    }

    /** The buffer the segment lies in; its text starts at {@link #textIndex()}. */
    public ByteBuf buffer() {
        return buffer;
    }

    public int textIndex() {
        return base + headerBytes();
    }

    @Override
    public int payloadBytes() {
        return length - headerBytes();
    }

    @Override
    public int payloadInt() {
        return buffer.getInt(textIndex());
    }

    /** Text octets of each wire segment if this is a coalesced one, else 0. */
    public int segmentBytes() {
        return segmentBytes;
    }

    /** Sequence space taken: text, SYN and FIN (SEG.LEN). */
    public int sequenceLength() {
        int flags = flags();
        return payloadBytes() + ((flags & SYN) != 0 ? 1 : 0) + ((flags & FIN) != 0 ? 1 : 0);
    }

    @Override
    public boolean hasTimestamps() {
        return timestampsAt != 0;
    }

    @Override
    public int tsVal() {
        return timestampsAt == 0 ? 0 : buffer.getInt(timestampsAt + 2);
    }

    @Override
    public int tsEcr() {
        return timestampsAt == 0 ? 0 : buffer.getInt(timestampsAt + 6);
    }

    @Override
    public int mssOption() {
        return mss;
    }

    @Override
    public int windowScaleOption() {
        return windowScale;
    }

    @Override
    public boolean sackPermittedOption() {
        return sackPermitted;
    }

    /** Granularity bit and value of the user timeout option (RFC 5482 2), or -1. */
    public int userTimeoutOption() {
        return userTimeout;
    }

    public int sackBlocks() {
        return sackBlocks;
    }

    public int sackLeft(int block) {
        return buffer.getInt(sackAt + 2 + block * TcpOption.SACK_BLOCK_BYTES);
    }

    public int sackRight(int block) {
        return buffer.getInt(sackAt + 6 + block * TcpOption.SACK_BLOCK_BYTES);
    }

    /** Whether there is an option of a kind that the stack does not know. */
    public boolean hasUnknownOptions() {
        return unknownOptions;
    }

    public boolean hasOption(int kind) {
        return find(kind, NO_PREFIX) >= 0;
    }

    @Override
    public byte[] option(int kind, byte... contentPrefix) {
        int at = find(kind, contentPrefix);
        if (at < 0) {
            return NO_PREFIX;
        }
        byte[] copy = new byte[buffer.getUnsignedByte(at + 1)];
        buffer.getBytes(at, copy);
        return copy;
    }

    private static final byte[] NO_PREFIX = {};

    private int find(int kind, byte[] contentPrefix) {
        int end = base + headerBytes();
        int i = base + MIN_HEADER_BYTES;
        while (i < end) {
            int k = buffer.getUnsignedByte(i);
            if (k == TcpOption.END) {
                return -1;
            }
            if (k == TcpOption.NO_OPERATION) {
                i++;
                continue;
            }
            int optionBytes = buffer.getUnsignedByte(i + 1);
            if (k == kind && startsWith(i + 2, optionBytes - 2, contentPrefix)) {
                return i;
            }
            i += optionBytes;
        }
        return -1;
    }

    private boolean startsWith(int at, int contentBytes, byte[] prefix) {
        if (contentBytes < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (buffer.getByte(at + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
