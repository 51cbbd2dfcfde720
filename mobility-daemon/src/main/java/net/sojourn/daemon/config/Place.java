package net.sojourn.daemon.config;

import net.sojourn.stack.IpAddress;

/**
 * Where a connection may live: an interface, whatever its addresses are, or one address.
 *
 * @param text name of an interface, or an address in its canonical form
 */
public record Place(String text) {

    /** @throws IllegalArgumentException saying what is wrong */
    public static Place parse(String text) {
        if (isAddress(text)) {
            return new Place(IpAddress.parse(text).toString());
        }
        if (!text.matches("[!-.0-~]{1,15}")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is neither an address nor the name of an interface; write wlan0 or 192.0.2.1");
        }
        return new Place(text);
    }

    /** Whether {@code address}, which interface {@code interfaceName} has, is here. */
    public boolean holds(IpAddress address, String interfaceName) {
        return text.equals(interfaceName) || text.equals(address.toString());
    }

    private static boolean isAddress(String text) {
        try {
            return !IpAddress.parse(text).isUnspecified();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
