/**
 * Keeps the A and AAAA records of this host's names equal to its addresses: {@link net.sojourn.dns.NameUpdater} writes,
 * {@link net.sojourn.dns.NameLookup} reads for correspondents. Knows no other module of ours.
 */
@NullMarked
package net.sojourn.dns;

import org.jspecify.annotations.NullMarked;
