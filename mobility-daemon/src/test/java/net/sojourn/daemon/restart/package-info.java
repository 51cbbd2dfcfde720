@org.jspecify.annotations.NullMarked
package net.sojourn.daemon.restart;
