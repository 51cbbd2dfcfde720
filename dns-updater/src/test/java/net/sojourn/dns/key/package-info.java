/** Tests. */
@NullMarked
package net.sojourn.dns.key;

import org.jspecify.annotations.NullMarked;
