/**
 * The suite M2 (docs/protocol.md): option codecs, X25519 key pairs, the key schedule, tokens and proofs of a move, the
 * exchange of keys behind a connection's handshake. Values and pure functions; what a connection does with them is in
 * {@link net.sojourn.migrate}.
 */
@NullMarked
package net.sojourn.migrate.m2;

import org.jspecify.annotations.NullMarked;
