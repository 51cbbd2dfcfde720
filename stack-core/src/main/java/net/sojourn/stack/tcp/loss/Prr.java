package net.sojourn.stack.tcp.loss;

/** Proportional rate reduction (RFC 6937) with the slow-start reduction bound: how much may go out in a recovery. */
public final class Prr {

    private long recoverFlightBytes;
    private long deliveredBytes;
    private long outBytes;
    private long allowanceBytes;

    /** @param flightSizeBytes outstanding when the recovery begins */
    public void begin(long flightSizeBytes) {
        recoverFlightBytes = Math.max(1, flightSizeBytes);
        deliveredBytes = 0;
        outBytes = 0;
        allowanceBytes = 0;
    }

    /** One acknowledgement of the recovery. */
    public void acknowledged(long newlyDelivered, long pipeBytes, long ssthreshBytes, int mssBytes, boolean advances) {
        deliveredBytes += newlyDelivered;
        if (pipeBytes > ssthreshBytes) {
            long goal = (deliveredBytes * ssthreshBytes + recoverFlightBytes - 1) / recoverFlightBytes;
            allowanceBytes = goal - outBytes;
        } else {
            long limit = Math.max(deliveredBytes - outBytes, newlyDelivered) + (advances ? mssBytes : 0);
            allowanceBytes = Math.min(ssthreshBytes - pipeBytes, limit);
        }
        if (outBytes == 0) {
            // RFC 6937 3: the first, fast retransmission goes out whatever the reckoning says.
            allowanceBytes = Math.max(allowanceBytes, mssBytes);
        }
        allowanceBytes = Math.max(0, allowanceBytes);
    }

    public long allowanceBytes() {
        return allowanceBytes;
    }

    public void sent(long bytes) {
        outBytes += bytes;
        allowanceBytes = Math.max(0, allowanceBytes - bytes);
    }
}
