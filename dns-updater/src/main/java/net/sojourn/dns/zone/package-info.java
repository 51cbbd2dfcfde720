/**
 * Finds the zone of a name, its primary and its other authoritative servers. Blocking; called from the updater's I/O
 * threads.
 */
@NullMarked
package net.sojourn.dns.zone;

import org.jspecify.annotations.NullMarked;
