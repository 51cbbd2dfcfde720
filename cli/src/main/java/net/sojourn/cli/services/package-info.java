/** {@code sojourn services}: small well-known TCP services on a stack of their own, for test suites outside. */
@NullMarked
package net.sojourn.cli.services;

import org.jspecify.annotations.NullMarked;
