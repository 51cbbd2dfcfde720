@org.jspecify.annotations.NullMarked
package net.sojourn.daemon.entry;
