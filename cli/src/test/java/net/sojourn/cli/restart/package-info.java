@org.jspecify.annotations.NullMarked
package net.sojourn.cli.restart;
