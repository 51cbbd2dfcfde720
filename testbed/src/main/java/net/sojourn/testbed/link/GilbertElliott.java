package net.sojourn.testbed.link;

/**
 * Bursty loss: a two-state Markov chain (Gilbert 1960, Elliott 1963) that steps once for each packet, before the packet
 * is judged. Starts in the good state. All four values are probabilities, 0 to 1.
 *
 * @param goodToBad chance of a step from good to bad
 * @param badToGood chance of a step from bad to good; 1 / badToGood is the mean burst in packets
 * @param lossInGood chance that a packet is lost in the good state
 * @param lossInBad chance that a packet is lost in the bad state
 */
public record GilbertElliott(double goodToBad, double badToGood, double lossInGood, double lossInBad) {

    /** Never leaves the good state and never loses. */
    public static final GilbertElliott OFF = new GilbertElliott(0, 1, 0, 1);

    public GilbertElliott {
        LinkSettings.requireProbability("goodToBad", goodToBad);
        LinkSettings.requireProbability("badToGood", badToGood);
        LinkSettings.requireProbability("lossInGood", lossInGood);
        LinkSettings.requireProbability("lossInBad", lossInBad);
    }

    /** Bursts of {@code meanBurstPackets} in which all is lost, with {@code lossRate} in the long run. */
    public static GilbertElliott bursts(double lossRate, double meanBurstPackets) {
        LinkSettings.requireProbability("lossRate", lossRate);
        if (lossRate >= 1 || meanBurstPackets < 1) {
            throw new IllegalArgumentException(
                    "bursts need a loss rate below 1 and a mean length of at least 1 packet");
        }
        double leave = 1 / meanBurstPackets;
        return new GilbertElliott(Math.min(1, leave * lossRate / (1 - lossRate)), leave, 0, 1);
    }

    /** The share of packets lost in the long run. */
    public double lossRate() {
        double sum = goodToBad + badToGood;
        double bad = sum == 0 ? 0 : goodToBad / sum;
        return bad * lossInBad + (1 - bad) * lossInGood;
    }
}
