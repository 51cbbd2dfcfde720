/**
 * Emulated middleboxes: what real ones do to TCP, for the midst of an emulated link. They keep the length of a packet.
 */
@NullMarked
package net.sojourn.testbed.middlebox;

import org.jspecify.annotations.NullMarked;
