/** One question, one answer, by UDP or TCP; no connection outlives its question. */
@NullMarked
package net.sojourn.dns.transport;

import org.jspecify.annotations.NullMarked;
