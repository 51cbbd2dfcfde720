/** Coverage-guided fuzzing by Jazzer. An ordinary test run replays the seeds and every input that once failed. */
@NullMarked
package net.sojourn.stack.fuzz;

import org.jspecify.annotations.NullMarked;
