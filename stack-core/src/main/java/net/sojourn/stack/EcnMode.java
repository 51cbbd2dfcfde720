package net.sojourn.stack;

/** Whether a stack uses explicit congestion notification (RFC 3168). */
public enum EcnMode {
    /** Never. */
    OFF,
    /** Where a peer asks for it; our own SYNs do not ask, as some routers still drop what does. */
    ACCEPT,
    /** Our first SYN asks as well; its retransmissions do not (RFC 3168 6.1.1.1). */
    OFFER
}
