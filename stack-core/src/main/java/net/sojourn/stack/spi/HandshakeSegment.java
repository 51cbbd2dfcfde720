package net.sojourn.stack.spi;

/**
 * A segment without text that an extension sends on its own authority.
 *
 * @param flags bits of the header's flags, see {@link SegmentView}
 * @param window the header's field as it is, 0 to 65,535
 * @param options encoded options, at most 40 octets; padded to a multiple of four with end-of-option-list
 */
public record HandshakeSegment(int seq, int ack, int flags, int window, byte[] options) {

    public HandshakeSegment {
        if (options.length > 40) {
            throw new IllegalArgumentException("a TCP header has room for 40 octets of options, not " + options.length);
        }
    }
}
