/** The daemon's composition root: the only place that makes concrete things of several modules. */
@NullMarked
package net.sojourn.daemon;

import org.jspecify.annotations.NullMarked;
