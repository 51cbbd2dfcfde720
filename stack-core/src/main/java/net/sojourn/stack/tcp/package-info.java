/** RFC 9293 section 3.10, one file a clause: what a user call, an arriving segment or a deadline does to a connection. */
@NullMarked
package net.sojourn.stack.tcp;

import org.jspecify.annotations.NullMarked;
