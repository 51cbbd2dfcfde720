package net.sojourn.dns.verify;

import java.util.List;

/**
 * What the authoritative servers said in one round.
 *
 * @param agreeing how many say what we want
 * @param dissent one line for each server that says something else or nothing; empty when all agree
 */
public record Verification(int agreeing, List<String> dissent) {

    public Verification {
        dissent = List.copyOf(dissent);
    }

    public boolean agreed() {
        return dissent.isEmpty();
    }
}
