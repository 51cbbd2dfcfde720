/**
 * The few system calls that the testbed makes itself, because it needs what the product's driver does not: waiting with
 * microseconds, packet sockets with time stamps, TUN devices without a stack behind them. Linux on 64 bits.
 */
@NullMarked
package net.sojourn.testbed.kernel;

import org.jspecify.annotations.NullMarked;
