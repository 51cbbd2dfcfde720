/** Tests. */
@NullMarked
package net.sojourn.dns;

import org.jspecify.annotations.NullMarked;
