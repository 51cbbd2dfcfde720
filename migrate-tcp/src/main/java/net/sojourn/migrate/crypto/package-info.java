/**
 * Keys of the Migrate suites: curves, ephemeral keys and the pool that makes them ahead of need, octets that must not
 * be seen. No option layouts and no connections here.
 */
@NullMarked
package net.sojourn.migrate.crypto;

import org.jspecify.annotations.NullMarked;
