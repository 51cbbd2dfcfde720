/** The C library of Linux on 64 bits: each native signature once, errors with a remedy, descriptors that close once. */
@NullMarked
package net.sojourn.tun.syscall;

import org.jspecify.annotations.NullMarked;
