/**
 * Desired against known: the state machine which makes a name converge. One thread; time, randomness and I/O come through
 * {@link net.sojourn.dns.reconcile.Scheduler} and {@link net.sojourn.dns.reconcile.NameServers}, so tests run in virtual
 * time.
 */
@NullMarked
package net.sojourn.dns.reconcile;

import org.jspecify.annotations.NullMarked;
