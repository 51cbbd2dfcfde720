/** Hosts and networks in virtual time, for tests of this and other modules. */
@NullMarked
package net.sojourn.stack.world;

import org.jspecify.annotations.NullMarked;
