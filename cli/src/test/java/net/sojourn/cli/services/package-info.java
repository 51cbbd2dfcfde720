/** The services as a test suite outside sees them. */
@NullMarked
package net.sojourn.cli.services;

import org.jspecify.annotations.NullMarked;
