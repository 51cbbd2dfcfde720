/**
 * Migrate for stack-core: {@link net.sojourn.migrate.MigrateExtension} is given to the stack, {@link
 * net.sojourn.migrate.Migration} is one connection's handle. Everything runs on the stack's loop. When to move, and
 * where to, is not decided here.
 */
@NullMarked
package net.sojourn.migrate;

import org.jspecify.annotations.NullMarked;
