package net.sojourn.testbed.link;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What one direction of a link has done so far. Packets; a copy that duplication made counts in {@code duplicated} and
 * {@code delivered}. A super-packet counts as one.
 *
 * @param offered packets that entered
 * @param offeredBytes their octets
 * @param delivered packets handed to the far end, copies included
 * @param deliveredBytes their octets
 * @param lost lost by chance, bursts included
 * @param queueFull dropped at the full queue
 * @param tooLarge dropped as larger than the link's MTU
 * @param whileDown dropped because the link was down
 * @param overtaken packets that arrived after one that had entered later
 * @param duplicated copies made
 * @param corrupted packets with a bit turned over
 * @param stopped packets that a middlebox on the way swallowed
 * @param refused packets the far end's device did not take (its queue was full, or corruption made them unreadable)
 */
public record LinkCounters(
        long offered,
        long offeredBytes,
        long delivered,
        long deliveredBytes,
        long lost,
        long queueFull,
        long tooLarge,
        long whileDown,
        long overtaken,
        long duplicated,
        long corrupted,
        long stopped,
        long refused) {

    /** The form {@link #parse} reads: the counters in their order, blanks between. */
    String toText() {
        return Arrays.stream(new long[] {
                    offered,
                    offeredBytes,
                    delivered,
                    deliveredBytes,
                    lost,
                    queueFull,
                    tooLarge,
                    whileDown,
                    overtaken,
                    duplicated,
                    corrupted,
                    stopped,
                    refused
                })
                .mapToObj(Long::toString)
                .collect(Collectors.joining(" "));
    }

    static LinkCounters parse(String text) {
        long[] n = Arrays.stream(text.strip().split(" ", -1))
                .mapToLong(Long::parseLong)
                .toArray();
        return new LinkCounters(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]);
    }
}
