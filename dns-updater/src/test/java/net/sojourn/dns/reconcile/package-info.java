/** Tests. */
@NullMarked
package net.sojourn.dns.reconcile;

import org.jspecify.annotations.NullMarked;
