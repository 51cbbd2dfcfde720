/** From a segment's addresses and ports to the path, listener or nobody that it concerns. */
@NullMarked
package net.sojourn.stack.demux;

import org.jspecify.annotations.NullMarked;
