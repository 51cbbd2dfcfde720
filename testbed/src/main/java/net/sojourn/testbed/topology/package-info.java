/** Whole networks to move about in, wired from hosts and links. */
@NullMarked
package net.sojourn.testbed.topology;

import org.jspecify.annotations.NullMarked;
