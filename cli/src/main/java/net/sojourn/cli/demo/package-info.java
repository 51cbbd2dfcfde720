/** {@code sojourn demo}: the whole mission on this machine, in network namespaces, with unmodified programs. */
@NullMarked
package net.sojourn.cli.demo;

import org.jspecify.annotations.NullMarked;
