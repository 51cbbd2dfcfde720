package net.sojourn.dns.transport;

import org.xbill.DNS.Message;

/**
 * An answer and whether it is proven to come from a holder of our key.
 *
 * @param message the answer
 * @param authentic whether a signature over it was right; false also if it has none
 */
public record SignedAnswer(Message message, boolean authentic) {}
