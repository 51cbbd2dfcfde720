/** The control socket: requests, replies and events as lines of JSON. */
@NullMarked
package net.sojourn.daemon.control;

import org.jspecify.annotations.NullMarked;
