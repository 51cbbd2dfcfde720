/** Octets to fields and back: views over a buffer, without state, without allocation, without exceptions on hostile octets. Whether a packet is wanted is decided elsewhere. */
@NullMarked
package net.sojourn.stack.wire;

import org.jspecify.annotations.NullMarked;
