/**
 * Builds the one message which changes a name. Pure: neither clock, randomness nor I/O.
 */
@NullMarked
package net.sojourn.dns.message;

import org.jspecify.annotations.NullMarked;
