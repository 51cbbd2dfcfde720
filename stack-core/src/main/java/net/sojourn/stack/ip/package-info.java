/** IPv4 and IPv6 input and output, ICMP, reassembly, path MTU, our own addresses. */
@NullMarked
package net.sojourn.stack.ip;

import org.jspecify.annotations.NullMarked;
