/**
 * The form in which connections outlive their stack: written at a stop, read at the next start. Octets and bounds only; what
 * they mean is known to whoever writes them. Nothing here is secret by itself, but the octets are: whoever has them has the
 * connections.
 */
@NullMarked
package net.sojourn.stack.freeze;

import org.jspecify.annotations.NullMarked;
