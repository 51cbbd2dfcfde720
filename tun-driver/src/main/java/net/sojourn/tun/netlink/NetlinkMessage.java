package net.sojourn.tun.netlink;

import static net.sojourn.tun.netlink.RtNetlink.ALIGNMENT;
import static net.sojourn.tun.netlink.RtNetlink.NLA_HEADER_BYTES;
import static net.sojourn.tun.netlink.RtNetlink.NLA_TYPE_MASK;
import static net.sojourn.tun.netlink.RtNetlink.NLMSG_HEADER_BYTES;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import net.sojourn.stack.IpAddress;

/**
 * One message of the kernel, copied. Bounds-checked: what is cut off or says a wrong length is as if it were not there.
 *
 * @param body behind the header
 */
record NetlinkMessage(int type, int flags, int sequence, byte[] body) {

    private static final int TYPE_AT = 4;
    private static final int FLAGS_AT = 6;
    private static final int SEQUENCE_AT = 8;

    /** Gives every whole message of a datagram to {@code sink}, in order. */
    static void forEach(byte[] datagram, int length, Consumer<NetlinkMessage> sink) {
        ByteBuffer octets = ByteBuffer.wrap(datagram, 0, length).order(ByteOrder.nativeOrder());
        int at = 0;
        while (length - at >= NLMSG_HEADER_BYTES) {
            int messageBytes = octets.getInt(at);
            if (messageBytes < NLMSG_HEADER_BYTES || messageBytes > length - at) {
                return;
            }
            sink.accept(new NetlinkMessage(
                    octets.getShort(at + TYPE_AT) & 0xFFFF,
                    octets.getShort(at + FLAGS_AT) & 0xFFFF,
                    octets.getInt(at + SEQUENCE_AT),
                    Arrays.copyOfRange(datagram, at + NLMSG_HEADER_BYTES, at + messageBytes)));
            at += aligned(messageBytes);
        }
    }

    private static int aligned(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** 0 if the body is shorter. */
    int octet(int at) {
        return at < body.length ? body[at] & 0xFF : 0;
    }

    /** 0 if the body is shorter. */
    int word(int at) {
        return body.length - at < Integer.BYTES
                ? 0
                : ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()).getInt(at);
    }

    /** The first attribute of this type behind a fixed part of {@code fixedBytes}. */
    Optional<byte[]> attribute(int fixedBytes, int wanted) {
        ByteBuffer octets = ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
        int at = fixedBytes;
        while (body.length - at >= NLA_HEADER_BYTES) {
            int attributeBytes = octets.getShort(at) & 0xFFFF;
            if (attributeBytes < NLA_HEADER_BYTES || attributeBytes > body.length - at) {
                return Optional.empty();
            }
            if ((octets.getShort(at + 2) & NLA_TYPE_MASK) == wanted) {
                return Optional.of(Arrays.copyOfRange(body, at + NLA_HEADER_BYTES, at + attributeBytes));
            }
            at += aligned(attributeBytes);
        }
        return Optional.empty();
    }

    OptionalInt wordAttribute(int fixedBytes, int wanted) {
        Optional<byte[]> found = attribute(fixedBytes, wanted).filter(value -> value.length == Integer.BYTES);
        return found.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(ByteBuffer.wrap(found.get())
                        .order(ByteOrder.nativeOrder())
                        .getInt());
    }

    Optional<IpAddress> addressAttribute(int fixedBytes, int wanted) {
        return attribute(fixedBytes, wanted)
                .filter(value -> value.length == 4 || value.length == 16)
                .map(IpAddress::ofBytes);
    }

    /** Without the final NUL. */
    Optional<String> textAttribute(int fixedBytes, int wanted) {
        return attribute(fixedBytes, wanted).map(value -> {
            int length = 0;
            while (length < value.length && value[length] != 0) {
                length++;
            }
            return new String(value, 0, length, StandardCharsets.US_ASCII);
        });
    }
}
