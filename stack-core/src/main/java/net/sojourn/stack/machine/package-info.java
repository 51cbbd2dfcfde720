/** The front door of the pure machine: packets, deadlines and calls in; packets and wake-ups out. Also its catalogues: counters, drop reasons, deadlines. */
@NullMarked
package net.sojourn.stack.machine;

import org.jspecify.annotations.NullMarked;
