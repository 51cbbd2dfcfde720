/** What a daemon leaves to the next one: connections in a file that is root's alone, and peace for them meanwhile. */
@NullMarked
package net.sojourn.daemon.restart;

import org.jspecify.annotations.NullMarked;
