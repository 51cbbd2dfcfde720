@org.jspecify.annotations.NullMarked
package net.sojourn.stack.loop;
