/** The guarded update message, built purely, and what an answer to it means. */
@NullMarked
package net.sojourn.dns.message;

import org.jspecify.annotations.NullMarked;
