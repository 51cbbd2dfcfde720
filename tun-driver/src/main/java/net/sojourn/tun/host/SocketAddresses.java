package net.sojourn.tun.host;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.Libc;

/** {@code struct sockaddr_in} and {@code sockaddr_in6}, ip(7), ipv6(7). */
final class SocketAddresses {

    static final int LARGEST_BYTES = 28;
    private static final int IPV4_BYTES = 16;

    private SocketAddresses() {}

    static int family(InetSocketAddress address) {
        return address.getAddress().getAddress().length == 4 ? Libc.AF_INET : Libc.AF_INET6;
    }

    /** @return how many octets of {@code target} it takes */
    static int write(InetSocketAddress address, Pointer target) {
        byte[] octets = address.getAddress().getAddress();
        boolean ipv4 = octets.length == 4;
        target.putShort(0, (short) family(address));
        target.putByte(2, (byte) (address.getPort() >>> 8));
        target.putByte(3, (byte) address.getPort());
        target.put(ipv4 ? 4 : 8, octets, 0, octets.length);
        return ipv4 ? IPV4_BYTES : LARGEST_BYTES;
    }

    static InetSocketAddress read(Pointer source) throws UnknownHostException {
        boolean ipv4 = source.getShort(0) == Libc.AF_INET;
        byte[] octets = new byte[ipv4 ? 4 : 16];
        source.get(ipv4 ? 4 : 8, octets, 0, octets.length);
        int port = (source.getByte(2) & 0xFF) << 8 | source.getByte(3) & 0xFF;
        return new InetSocketAddress(InetAddress.getByAddress(octets), port);
    }
}
