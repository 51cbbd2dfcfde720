/**
 * The classic suite as draft-snoeren-tcp-migrate-00 writes it: option codecs, key split, token, request, request
 * numbers, the segments of its handshake. Values and pure functions; what a connection does with them is in {@link
 * net.sojourn.migrate}.
 */
@NullMarked
package net.sojourn.migrate.classic;

import org.jspecify.annotations.NullMarked;
