package net.sojourn.dns.key;

import java.time.Instant;
import java.util.Optional;
import org.xbill.DNS.Message;

/**
 * An answer and how far it can be believed.
 *
 * @param verified true only when the answer's own signature is right: the sole proof that the server sent it
 * @param tsigError RFC 8945 3 error code of the answer, 0 without one
 * @param serverTime the server's clock, told with a BADTIME error (RFC 8945 5.2.3)
 */
public record CheckedAnswer(Message message, boolean verified, int tsigError, Optional<Instant> serverTime) {}
