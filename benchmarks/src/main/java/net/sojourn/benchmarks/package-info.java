/** Experiments that compare Sojourn with its peers in namespaces of their own, each ending in a table. Needs root. */
@NullMarked
package net.sojourn.benchmarks;

import org.jspecify.annotations.NullMarked;
