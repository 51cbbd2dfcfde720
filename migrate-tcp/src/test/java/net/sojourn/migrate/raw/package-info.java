/**
 * An independent peer that speaks classic Migrate on wire octets: its own curve arithmetic, hashes and headers, with nothing
 * of the code it tests. One machine with Migrate answers it in virtual time.
 */
@NullMarked
package net.sojourn.migrate.raw;

import org.jspecify.annotations.NullMarked;
