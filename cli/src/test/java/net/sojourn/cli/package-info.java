/** The commands as people run them. */
@NullMarked
package net.sojourn.cli;

import org.jspecify.annotations.NullMarked;
