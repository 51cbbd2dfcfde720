/** Which octets are outstanding, which are lost, and when to conclude so. */
@NullMarked
package net.sojourn.stack.tcp.loss;

import org.jspecify.annotations.NullMarked;
