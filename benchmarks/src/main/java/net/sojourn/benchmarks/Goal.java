package net.sojourn.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Something Sojourn shall reach: a ratio to another figure of the same run, or a plain number.
 *
 * @param figure of Sojourn
 * @param over what it is divided by, of {@code contender}; empty for a plain number
 * @param bound the least, or the most where {@code figure} is better small
 * @param reason why it is missed when it is, as far as the profiles say
 */
record Goal(String title, Figure figure, Optional<Figure> over, Contender contender, double bound, String reason) {

    private static final String SHARED_PROCESSORS =
            "driver, stack and application share the processors, so who is given them decides";
    private static final String WAKE_UPS =
            "the loop sleeps as soon as it has nothing to do, and wakes a thread of the application";

    /** Those of the project, in the order of the report. */
    static final List<Goal> ALL = List.of(
            than("bulk receive ahead of netstack at its best", Figure.RECEIVE, Contender.GVISOR, 1, SHARED_PROCESSORS),
            than("bulk send ahead of netstack at its best", Figure.SEND, Contender.GVISOR, 1, SHARED_PROCESSORS),
            than("bulk receive beside kernel TCP", Figure.RECEIVE, Contender.KERNEL, 0.9, SHARED_PROCESSORS),
            than("bulk send beside kernel TCP", Figure.SEND, Contender.KERNEL, 0.9, SHARED_PROCESSORS),
            than("bulk receive over lwIP", Figure.RECEIVE, Contender.LWIP, 5, SHARED_PROCESSORS),
            than("bulk send over lwIP", Figure.SEND, Contender.LWIP, 5, SHARED_PROCESSORS),
            than("CPU of receive, against netstack", Figure.RECEIVE_CPU, Contender.GVISOR, 1, SHARED_PROCESSORS),
            than("CPU of send, against netstack", Figure.SEND_CPU, Contender.GVISOR, 1, SHARED_PROCESSORS),
            than("one octet there and back, against the kernel", Figure.ECHO_MEDIAN, Contender.KERNEL, 1, WAKE_UPS),
            new Goal(
                    "one octet there and back with busy poll, against lwIP",
                    Figure.ECHO_BUSY,
                    Optional.of(Figure.ECHO_LOOP),
                    Contender.LWIP,
                    1.25,
                    "calls through jnr-ffi cost some 230 ns more than C's, and there are four for an octet"),
            than("passive connections, against the kernel", Figure.CONNECTIONS, Contender.KERNEL, 1, WAKE_UPS),
            than("passive connections, against netstack", Figure.CONNECTIONS, Contender.GVISOR, 2, WAKE_UPS),
            new Goal(
                    "KiB of heap and direct memory for an idle connection",
                    Figure.IDLE_MEMORY,
                    Optional.empty(),
                    Contender.SOJOURN,
                    4,
                    "the control block and its parts are allocated when the connection is made"),
            segments("CPU of segments, many connections against 10", Figure.SEGMENT_MANY, Figure.SEGMENT_FEW),
            segments("of that in user mode", Figure.SEGMENT_MANY_OWN, Figure.SEGMENT_FEW_OWN),
            than(
                    "goodput of receive with loss, against Linux CUBIC",
                    Figure.LOSS_RECEIVE,
                    Contender.KERNEL,
                    1,
                    "the sender is the driver's kernel in both: the ratio shows which losses the rounds met"),
            than(
                    "goodput of send with loss, against Linux CUBIC",
                    Figure.LOSS_SEND,
                    Contender.KERNEL,
                    1,
                    "few losses in each round: the spread is larger than the difference"));

    private static Goal segments(String title, Figure many, Figure few) {
        return new Goal(
                title,
                many,
                Optional.of(few),
                Contender.SOJOURN,
                1.25,
                "each segment meets another connection, so its state comes from memory and not from the cache");
    }

    private static Goal than(String title, Figure figure, Contender contender, double bound, String reason) {
        return new Goal(title, figure, Optional.of(figure), contender, bound, reason);
    }

    /** What was reached; empty if it was not measured. */
    Optional<Samples> reached(Results results) {
        return over.isPresent()
                ? results.ratio(figure, Contender.SOJOURN, over.get(), contender)
                : results.of(figure, Contender.SOJOURN);
    }

    boolean met(Samples reached) {
        return figure.moreIsBetter ? reached.median() >= bound : reached.median() <= bound;
    }

    /** Such as {@code ≥ 0.9}. */
    String boundText() {
        return (figure.moreIsBetter ? "≥ " : "≤ ") + String.format(Locale.ROOT, "%.2f", bound);
    }
}
