/**
 * What a Java programmer meets of the stack: build a {@link net.sojourn.stack.NetworkStack}, connect or listen, read and
 * write. How TCP works inside is in the packages below; none of them is needed to use it.
 */
@NullMarked
package net.sojourn.stack;

import org.jspecify.annotations.NullMarked;
