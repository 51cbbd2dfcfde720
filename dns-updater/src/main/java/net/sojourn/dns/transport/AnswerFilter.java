package net.sojourn.dns.transport;

/** Says what to do with a datagram that bears the right ID, so that a forged one does not end the wait for the true one. */
@FunctionalInterface
public interface AnswerFilter {

    AnswerFilter ANY = answer -> Fit.TAKE;

    Fit fit(byte[] answer);

    enum Fit {
        /** This is the answer. */
        TAKE,
        /** Use it only if nothing better comes within a short grace: an error which nobody signed. */
        LAST_RESORT,
        /** Not an answer to us at all. */
        SKIP
    }
}
