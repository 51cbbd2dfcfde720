/** The stack on a real TUN device against the kernel's TCP: every way to open, to carry octets and to end, both roles. */
@NullMarked
package net.sojourn.testbed.interop;

import org.jspecify.annotations.NullMarked;
