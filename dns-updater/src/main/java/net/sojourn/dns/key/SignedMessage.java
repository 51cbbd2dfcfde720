package net.sojourn.dns.key;

import java.io.IOException;

/** A message ready to be sent, and what it takes to check its answer. Any thread. */
public interface SignedMessage {

    /** A fresh copy of the octets on the wire. */
    byte[] wire();

    /** @throws IOException when {@code answer} is no DNS message at all */
    CheckedAnswer check(byte[] answer) throws IOException;
}
