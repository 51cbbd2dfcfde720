/**
 * Asks the authoritative servers what they say now. Blocking; called from the updater's I/O threads.
 */
@NullMarked
package net.sojourn.dns.verify;

import org.jspecify.annotations.NullMarked;
