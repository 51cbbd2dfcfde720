/** Exhaustive search over short lives of two real machines that move. */
@org.jspecify.annotations.NullMarked
package net.sojourn.migrate.model;
