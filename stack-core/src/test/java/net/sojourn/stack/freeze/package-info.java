@NullMarked
package net.sojourn.stack.freeze;

import org.jspecify.annotations.NullMarked;
