/** The segments of a move's handshake, as both suites send them: an ordinary handshake's options and one of the suite's. */
@NullMarked
package net.sojourn.migrate.segment;

import org.jspecify.annotations.NullMarked;
