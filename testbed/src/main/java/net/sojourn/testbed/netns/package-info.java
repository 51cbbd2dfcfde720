/**
 * Hosts as Linux network namespaces: made, wired, configured, filled with processes, and removed again, also after a
 * run that was killed. The one way to the kernel is the {@code ip} command, as a person would type it.
 */
@NullMarked
package net.sojourn.testbed.netns;

import org.jspecify.annotations.NullMarked;
