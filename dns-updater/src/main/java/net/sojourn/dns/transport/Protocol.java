package net.sojourn.dns.transport;

/** How a message travels. */
public enum Protocol {
    UDP,
    TCP
}
