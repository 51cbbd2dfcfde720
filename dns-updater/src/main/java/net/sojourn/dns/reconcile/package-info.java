/** Desired against published: the state machine, its pauses and its memory. */
@NullMarked
package net.sojourn.dns.reconcile;

import org.jspecify.annotations.NullMarked;
