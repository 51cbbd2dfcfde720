/** Tests of the moves a daemon makes with itself. */
@NullMarked
package net.sojourn.daemon.rehearsal;

import org.jspecify.annotations.NullMarked;
