/** BIND key files, and signing with them. */
@NullMarked
package net.sojourn.dns.key;

import org.jspecify.annotations.NullMarked;
