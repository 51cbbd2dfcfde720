/** Programs to begin with; compiled and run by the tests. */
@NullMarked
package net.sojourn.examples;

import org.jspecify.annotations.NullMarked;
