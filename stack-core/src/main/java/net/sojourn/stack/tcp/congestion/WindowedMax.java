package net.sojourn.stack.tcp.congestion;

/**
 * The largest value of the last so many rounds, by keeping the best three (Kathleen Nichols' streaming estimator, as in
 * draft-cardwell-iccrg-bbr-congestion-control 4.1.1.2).
 */
final class WindowedMax {

    private final long windowRounds;
    private final long[] values = new long[3];
    private final long[] rounds = new long[3];

    WindowedMax(long windowRounds) {
        this.windowRounds = windowRounds;
    }

    /** 0 before the first value. */
    long max() {
        return values[0];
    }

    void forget() {
        fill(0, 0, 0);
    }

    void add(long value, long round) {
        if (value >= values[0] || round - rounds[2] > windowRounds) {
            fill(0, value, round);
            return;
        }
        if (value >= values[1]) {
            fill(1, value, round);
        } else if (value >= values[2]) {
            fill(2, value, round);
        }
        expire(value, round);
    }

    private void expire(long value, long round) {
        if (round - rounds[0] > windowRounds) {
            shift(value, round);
            if (round - rounds[0] > windowRounds) {
                shift(value, round);
            }
        } else if (rounds[1] == rounds[0] && round - rounds[0] > windowRounds / 4) {
            fill(1, value, round);
        } else if (rounds[2] == rounds[1] && round - rounds[0] > windowRounds / 2) {
            fill(2, value, round);
        }
    }

    private void shift(long value, long round) {
        values[0] = values[1];
        rounds[0] = rounds[1];
        values[1] = values[2];
        rounds[1] = rounds[2];
        values[2] = value;
        rounds[2] = round;
    }

    private void fill(int from, long value, long round) {
        for (int i = from; i < values.length; i++) {
            values[i] = value;
            rounds[i] = round;
        }
    }
}
