@org.jspecify.annotations.NullMarked
package net.sojourn.benchmarks;
