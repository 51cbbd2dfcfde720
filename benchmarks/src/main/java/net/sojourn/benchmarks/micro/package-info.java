/** What a segment costs, without a device and without a clock: JMH on two machines in one thread. */
@NullMarked
package net.sojourn.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
