/** No test loses a buffer. */
@NullMarked
package net.sojourn.stack.leak;

import org.jspecify.annotations.NullMarked;
