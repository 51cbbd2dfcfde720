/**
 * One DNS question to one server and its answer, by UDP or TCP, always from a fresh socket: a pooled connection does not
 * survive a change of address. Nothing here knows what the octets mean beyond the message ID.
 */
@NullMarked
package net.sojourn.dns.transport;

import org.jspecify.annotations.NullMarked;
