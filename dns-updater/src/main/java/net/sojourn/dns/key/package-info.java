/**
 * Keys as BIND's tools write them, and what they do: sign a message and check its answer. Secrets stay in this package;
 * nothing here prints them.
 */
@NullMarked
package net.sojourn.dns.key;

import org.jspecify.annotations.NullMarked;
