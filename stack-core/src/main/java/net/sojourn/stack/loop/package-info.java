/** The only package that knows threads and clocks: one thread owns one stack. */
@NullMarked
package net.sojourn.stack.loop;

import org.jspecify.annotations.NullMarked;
