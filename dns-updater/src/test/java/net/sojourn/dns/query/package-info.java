/** Tests. */
@NullMarked
package net.sojourn.dns.query;

import org.jspecify.annotations.NullMarked;
