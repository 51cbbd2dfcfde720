/**
 * Packet scripts: one real TCP/IP machine in virtual time, a peer whose every segment the test writes down, and every
 * segment of the machine demanded, in order, with nothing else. Numbers are relative, as in packetdrill: each side's SYN
 * is 0 and its first octet of text is 1. What a segment does not name is chosen (when injected) or not compared (when
 * expected). Nothing here uses the product's own codecs, so that an error in those shows.
 */
@NullMarked
package net.sojourn.stack.script;

import org.jspecify.annotations.NullMarked;
