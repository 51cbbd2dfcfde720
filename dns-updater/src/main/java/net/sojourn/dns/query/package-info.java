/**
 * Questions and updates as blocking calls: makes the message, sends it, believes or disbelieves the answer. Called from I/O
 * threads; what follows from an answer is decided elsewhere.
 */
@NullMarked
package net.sojourn.dns.query;

import org.jspecify.annotations.NullMarked;
