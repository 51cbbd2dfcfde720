/** The stack against the kernel's TCP, over real TUN devices. */
@NullMarked
package net.sojourn.testbed.interop;

import org.jspecify.annotations.NullMarked;
