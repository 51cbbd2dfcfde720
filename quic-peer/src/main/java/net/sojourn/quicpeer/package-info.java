/** One end of a conversation over QUIC, beside which Sojourn is measured. */
@NullMarked
package net.sojourn.quicpeer;

import org.jspecify.annotations.NullMarked;
