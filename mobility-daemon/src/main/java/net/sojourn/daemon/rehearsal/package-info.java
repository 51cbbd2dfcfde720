/** Moves that a daemon makes with itself when it starts, so that the first one of a person's finds its code ready. */
@NullMarked
package net.sojourn.daemon.rehearsal;

import org.jspecify.annotations.NullMarked;
