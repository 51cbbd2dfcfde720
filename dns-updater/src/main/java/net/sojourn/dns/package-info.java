/**
 * The name follows the host: {@link net.sojourn.dns.NameUpdater} keeps the A and AAAA records of names equal to the
 * addresses it is told, by signed dynamic updates (RFC 2136), and {@link net.sojourn.dns.NameLookup} finds a correspondent
 * without a cache. Settings are records that check themselves. No dnsjava type appears in this package's signatures.
 */
@NullMarked
package net.sojourn.dns;

import org.jspecify.annotations.NullMarked;
