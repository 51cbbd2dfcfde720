/** What all of the testbed shares: its one exception. */
@NullMarked
package net.sojourn.testbed;

import org.jspecify.annotations.NullMarked;
