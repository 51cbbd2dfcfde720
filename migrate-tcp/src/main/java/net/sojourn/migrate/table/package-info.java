/** What bounds a stack's Migrate work: the table of tokens and the budget of answers to strangers. */
@NullMarked
package net.sojourn.migrate.table;

import org.jspecify.annotations.NullMarked;
