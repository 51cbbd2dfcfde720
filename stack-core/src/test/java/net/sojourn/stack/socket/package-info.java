/** Sockets of the stack against the JDK's own, which are the reference. */
@NullMarked
package net.sojourn.stack.socket;

import org.jspecify.annotations.NullMarked;
