/** Two stacks on real TUN devices, one of which moves, with the kernel's firewalls and others in the way. */
@NullMarked
package net.sojourn.testbed.moves;

import org.jspecify.annotations.NullMarked;
