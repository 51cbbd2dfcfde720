/** The updater against name servers: the same cases on BIND and on the embedded server. */
@NullMarked
package net.sojourn.testbed.dns;

import org.jspecify.annotations.NullMarked;
