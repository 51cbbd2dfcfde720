package net.sojourn.stack.machine;

/** Why a packet was dropped: the only home of each reason. A drop is counted, never logged above trace, never thrown. */
public enum DropReason {
    /** Not a drop. */
    NONE("accepted"),
    IP_VERSION("neither IPv4 nor IPv6"),
    IP_TRUNCATED("shorter than its header or its total length says"),
    IP_HEADER_LENGTH("IPv4 header length below 20 octets or beyond the packet"),
    IP_CHECKSUM("IPv4 header checksum wrong"),
    IP_SOURCE("source address that no host may have: multicast, broadcast or unspecified"),
    IP_NOT_OURS("destination is none of our addresses"),
    IP_PROTOCOL("protocol that the stack does not speak"),
    IP_FRAGMENT("fragment that is malformed, too small or of a packet whose fragments overlap (RFC 5722, RFC 1858)"),
    IP_FRAGMENT_MEMORY("fragment, or packet in pieces, beyond the limits on memory"),
    IP_FRAGMENT_TIMEOUT("packet whose fragments did not all come in time (RFC 1122 3.3.2, RFC 8200 4.5)"),
    IP_OPTIONS("IPv4 options malformed, or a source route (RFC 7126 4.3)"),
    IPV6_EXTENSION("IPv6 extension header malformed or refused"),
    ICMP_TRUNCATED("ICMP message shorter than its type needs"),
    ICMP_CHECKSUM("ICMP checksum wrong"),
    ICMP_UNSUPPORTED("ICMP type that the stack does not use"),
    ICMP_QUOTE("ICMP error that quotes nothing we sent (RFC 5927 4)"),
    ICMP_RATE("ICMP reply or error suppressed by its rate limit"),
    TCP_TRUNCATED("segment shorter than its header"),
    TCP_DATA_OFFSET("data offset below 5 or beyond the segment"),
    TCP_OPTIONS("option list malformed (RFC 9293 3.1)"),
    TCP_CHECKSUM("TCP checksum wrong"),
    TCP_PORT_ZERO("source or destination port 0"),
    TCP_NO_CONNECTION("no connection and no listener; answered with a reset if it was none"),
    TCP_LISTEN_UNEXPECTED("neither SYN nor ACK nor RST at a listener"),
    TCP_BACKLOG_FULL("SYN while the listener's queue is full"),
    TCP_SEQUENCE("outside the receive window (RFC 9293 3.10.7.4, first)"),
    TCP_PAWS("timestamp older than TS.Recent (RFC 7323 5.3)"),
    TCP_NO_TIMESTAMP("timestamps agreed, none in the segment (RFC 7323 3.2)"),
    TCP_BLIND_RESET("reset not at RCV.NXT (RFC 5961 3.2)"),
    TCP_BLIND_SYN("SYN in a synchronized state (RFC 5961 4.2)"),
    TCP_ACK_RANGE("acknowledgement outside what RFC 5961 5.2 accepts"),
    TCP_NO_ACK("neither ACK nor RST in a synchronized state"),
    MEMORY_BUDGET("text while the stack's buffers hold all they may"),
    TCP_AFTER_CLOSE("text after the application has closed (RFC 9293 3.10.7.4, seventh)"),
    EXTENSION("an extension refused it");

    private final String sentence;

    DropReason(String sentence) {
        this.sentence = sentence;
    }

    public String sentence() {
        return sentence;
    }
}
