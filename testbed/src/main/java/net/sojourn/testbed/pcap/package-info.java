/**
 * Packet captures that Wireshark opens: of every device of a host as the kernel sees it, and of a stack's own port. One
 * pcapng file can hold several interfaces.
 */
@NullMarked
package net.sojourn.testbed.pcap;

import org.jspecify.annotations.NullMarked;
