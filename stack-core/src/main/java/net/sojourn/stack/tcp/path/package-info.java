/** What belongs to one path of a connection and is replaced when it moves. */
@NullMarked
package net.sojourn.stack.tcp.path;

import org.jspecify.annotations.NullMarked;
