/** The counter record that refuses old and foreign updates. */
@NullMarked
package net.sojourn.dns.guard;

import org.jspecify.annotations.NullMarked;
