/** Text on its way between application threads and the loop. */
@NullMarked
package net.sojourn.stack.buffer;

import org.jspecify.annotations.NullMarked;
