/** Holds what the micro-benchmarks show. */
package net.sojourn.benchmarks.micro;
