/**
 * The replay counter: a TXT record beside the name which says whose it is and how often it was changed. No I/O.
 */
@NullMarked
package net.sojourn.dns.guard;

import org.jspecify.annotations.NullMarked;
