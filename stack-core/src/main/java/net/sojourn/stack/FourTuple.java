package net.sojourn.stack;

/**
 * What names a TCP connection on the wire, as one end sees it.
 *
 * @param localPort 1 to 65,535
 * @param peerPort 1 to 65,535
 */
public record FourTuple(IpAddress localAddress, int localPort, IpAddress peerAddress, int peerPort) {

    public FourTuple withLocal(IpAddress address, int port) {
        return new FourTuple(address, port, peerAddress, peerPort);
    }

    public FourTuple withPeer(IpAddress address, int port) {
        return new FourTuple(localAddress, localPort, address, port);
    }

    /** The same connection as the other end sees it. */
    public FourTuple reversed() {
        return new FourTuple(peerAddress, peerPort, localAddress, localPort);
    }

    @Override
    public String toString() {
        return local() + " > " + peer();
    }

    /** {@code address:port}, IPv6 addresses in brackets. */
    public String local() {
        return endpoint(localAddress, localPort);
    }

    /** As {@link #local}. */
    public String peer() {
        return endpoint(peerAddress, peerPort);
    }

    private static String endpoint(IpAddress address, int port) {
        return address.isIpv4() ? address + ":" + port : "[" + address + "]:" + port;
    }
}
