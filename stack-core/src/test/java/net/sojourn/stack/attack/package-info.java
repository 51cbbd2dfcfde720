/** Floods and storms against a whole machine in virtual time: who is honest is served, and memory stays in its bounds. */
@NullMarked
package net.sojourn.stack.attack;

import org.jspecify.annotations.NullMarked;
