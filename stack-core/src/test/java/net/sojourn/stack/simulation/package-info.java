/** Many hosts on bad networks, from a seed or a script; what fails is made small and printed. docs/simulation.md */
@NullMarked
package net.sojourn.stack.simulation;

import org.jspecify.annotations.NullMarked;
