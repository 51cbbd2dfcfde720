/** Name servers for demos and tests: a small one of our own in this process, and real BIND. */
@NullMarked
package net.sojourn.testbed.dns;

import org.jspecify.annotations.NullMarked;
