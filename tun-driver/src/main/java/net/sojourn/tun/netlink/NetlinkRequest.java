package net.sojourn.tun.netlink;

import static net.sojourn.tun.netlink.RtNetlink.ALIGNMENT;
import static net.sojourn.tun.netlink.RtNetlink.NLA_HEADER_BYTES;
import static net.sojourn.tun.netlink.RtNetlink.NLMSG_HEADER_BYTES;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Builds one request: header, fixed part, attributes. In the order of this machine's octets, as netlink wants it. */
final class NetlinkRequest {

    private static final int CAPACITY_BYTES = 512;

    private final ByteBuffer octets = ByteBuffer.allocate(CAPACITY_BYTES).order(ByteOrder.nativeOrder());
    private final String what;
    private final boolean acknowledged;

    /** @param what completes "cannot ...", for errors */
    NetlinkRequest(int type, int flags, String what) {
        this.what = what;
        this.acknowledged = (flags & RtNetlink.NLM_F_ACK) != 0;
        octets.putInt(0)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(0)
                .putInt(0);
        assert octets.position() == NLMSG_HEADER_BYTES;
    }

    NetlinkRequest octet(int value) {
        octets.put((byte) value);
        return this;
    }

    NetlinkRequest word(int value) {
        octets.putInt(value);
        return this;
    }

    NetlinkRequest attribute(int type, byte[] value) {
        octets.putShort((short) (NLA_HEADER_BYTES + value.length)).putShort((short) type);
        octets.put(value);
        while (octets.position() % ALIGNMENT != 0) {
            octets.put((byte) 0);
        }
        return this;
    }

    NetlinkRequest attribute(int type, int value) {
        octets.putShort((short) (NLA_HEADER_BYTES + Integer.BYTES)).putShort((short) type);
        octets.putInt(value);
        return this;
    }

    String what() {
        return what;
    }

    /** Whether the kernel says when it is done. */
    boolean acknowledged() {
        return acknowledged;
    }

    /** The finished message with this sequence number. */
    byte[] bytes(int sequence) {
        int length = octets.position();
        octets.putInt(0, length).putInt(8, sequence);
        byte[] message = new byte[length];
        octets.get(0, message);
        return message;
    }
}
