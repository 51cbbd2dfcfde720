/** Captures that Wireshark opens: pcapng of bare IP packets. */
@NullMarked
package net.sojourn.tun.pcap;

import org.jspecify.annotations.NullMarked;
