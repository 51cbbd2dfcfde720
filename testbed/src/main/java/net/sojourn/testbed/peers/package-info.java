/** Other TCP stacks of user space as programs: built on this machine from sources of our own and Debian's packages. */
@NullMarked
package net.sojourn.testbed.peers;

import org.jspecify.annotations.NullMarked;
