package net.sojourn.dns.transport;

/** How a message travels. */
public enum Transport {
    /** One datagram each way; TCP after all if a message is too large. */
    UDP,
    /** A connection of its own. */
    TCP;

    public Transport other() {
        return this == UDP ? TCP : UDP;
    }
}
