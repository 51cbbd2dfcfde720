package net.sojourn.dns;

/**
 * Where a name server listens.
 *
 * @param host name or address, IPv6 without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {

    public static final int DNS_PORT = 53;

    /** @throws IllegalArgumentException if the host is empty or the port out of range */
    public ServerAddress {
        if (host.isBlank()) {
            throw new IllegalArgumentException("server without a host");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("server " + host + ": port " + port + " is not between 1 and 65535");
        }
    }

    /**
     * {@code HOST}, {@code HOST:PORT}, {@code [IPV6]:PORT} or a bare IPv6 address; the port is 53 if it is left out.
     *
     * @throws IllegalArgumentException saying the form expected
     */
    public static ServerAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (text.startsWith("[")) {
                int end = text.indexOf(']');
                String rest = end < 0 ? "?" : text.substring(end + 1);
                if (rest.isEmpty()) {
                    return new ServerAddress(text.substring(1, end), DNS_PORT);
                }
                if (rest.startsWith(":")) {
                    return new ServerAddress(text.substring(1, end), Integer.parseInt(rest.substring(1)));
                }
            } else if (colon < 0 || text.indexOf(':') != colon) {
                return new ServerAddress(text, DNS_PORT);
            } else {
                return new ServerAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message below.
        }
        throw new IllegalArgumentException("server '" + text + "' must be HOST, HOST:PORT or [IPV6]:PORT");
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
