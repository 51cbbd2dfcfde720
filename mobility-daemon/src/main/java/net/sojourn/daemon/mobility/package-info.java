/** What moves when addresses change: watching, deciding (pure), doing. */
@NullMarked
package net.sojourn.daemon.mobility;

import org.jspecify.annotations.NullMarked;
