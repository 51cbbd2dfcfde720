/**
 * Name servers for demo and tests: {@link net.sojourn.testbed.dns.EmbeddedNameServer} in this process and {@link
 * net.sojourn.testbed.dns.BindServer}, a real BIND in a process, both taking the same signed updates. Namespaces are only
 * named here, never made.
 */
@NullMarked
package net.sojourn.testbed.dns;

import org.jspecify.annotations.NullMarked;
