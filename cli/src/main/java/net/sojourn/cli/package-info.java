/** The {@code sojourn} command: each subcommand a request to a daemon and a table, or JSON. */
@NullMarked
package net.sojourn.cli;

import org.jspecify.annotations.NullMarked;
