/** Congestion control algorithms, one a file. */
@NullMarked
package net.sojourn.stack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
