package net.sojourn.dns.transport;

import java.io.IOException;
import java.time.Duration;

/** Carries one question and brings back its answer. */
public interface DnsTransport {

    /**
     * Sends once and waits; blocks, and ends at once when the thread is interrupted.
     *
     * @return the answer's octets; same ID as the query
     * @throws IOException when no answer came, in words for people
     */
    byte[] exchange(byte[] query, Target target, Duration timeout, AnswerFilter filter) throws IOException;
}
