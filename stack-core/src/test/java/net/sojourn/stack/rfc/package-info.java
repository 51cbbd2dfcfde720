/** Packet scripts, one clause each; a class for an RFC. The name of a test begins with its section. */
@NullMarked
package net.sojourn.stack.rfc;

import org.jspecify.annotations.NullMarked;
