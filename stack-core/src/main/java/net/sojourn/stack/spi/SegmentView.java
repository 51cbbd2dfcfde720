package net.sojourn.stack.spi;

/** The fields of a received segment (RFC 9293 3.1), read only; valid during the call that was given it. */
public interface SegmentView {

    int FIN = 0x01;
    int SYN = 0x02;
    int RST = 0x04;
    int PSH = 0x08;
    int ACK = 0x10;
    int URG = 0x20;
    int ECE = 0x40;
    int CWR = 0x80;

    int seq();

    int ack();

    /** The flag bits named in this interface. */
    int flags();

    /** The header's window field, 0 to 65,535, not scaled. */
    int window();

    int payloadBytes();

    /** The first four octets of the payload as a number; there must be as many. */
    int payloadInt();

    boolean hasTimestamps();

    /** Meaningful only if {@link #hasTimestamps()}. */
    int tsVal();

    /** Meaningful only if {@link #hasTimestamps()}. */
    int tsEcr();

    /** The MSS option's value, or -1. */
    int mssOption();

    /** The window scale option's shift, at most 14 (RFC 7323 2.3), or -1. */
    int windowScaleOption();

    boolean sackPermittedOption();

    /**
     * A copy of the first option of {@code kind} whose content begins with {@code contentPrefix}: kind, length and
     * content. Empty array if there is none.
     */
    byte[] option(int kind, byte... contentPrefix);

    default boolean has(int flag) {
        return (flags() & flag) != 0;
    }
}
