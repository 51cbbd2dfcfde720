/** The demo as a test. */
@NullMarked
package net.sojourn.cli.demo;

import org.jspecify.annotations.NullMarked;
