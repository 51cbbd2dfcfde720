package net.sojourn.stack;

import java.time.Duration;
import net.sojourn.stack.spi.CongestionControlFactory;
import net.sojourn.stack.tcp.congestion.Bbr;
import net.sojourn.stack.tcp.congestion.Cubic;
import net.sojourn.stack.tcp.congestion.NewReno;

/**
 * Every knob of a stack. Immutable; {@link #defaults()} and {@link #toBuilder()} make one.
 *
 * @param receiveBufferBytes how large a receive window may become; 4,096 to 2^30
 * @param sendBufferBytes how many octets an application may come to write ahead of acknowledgement
 * @param initialRto RFC 6298 2.1
 * @param minRto lower bound of the retransmission time-out; RFC 6298 2.4 says 1 s, practice 200 ms
 * @param maxRto RFC 6298 2.5: at least 60 s
 * @param maxRetransmissions unanswered retransmissions of text before a connection is given up (RFC 9293 3.8.3, R2)
 * @param maxSynRetransmissions the same for SYN and SYN/ACK
 * @param delayedAck RFC 9293 3.8.6.3: below 500 ms
 * @param busyPoll how long the stack's thread looks for packets before it sleeps, as long as they tend to come that soon;
 *     zero sleeps at once. It trades a processor for the time that waking takes
 * @param timeWait 2 MSL (RFC 9293 3.6.1)
 * @param finWait2 how long FIN-WAIT-2 is kept for a connection its application has closed
 * @param keepAliveIdle RFC 9293 3.8.4: silence before the first keep-alive
 * @param keepAliveInterval between keep-alives
 * @param keepAliveProbes unanswered keep-alives before the connection is given up
 * @param windowScaling offer RFC 7323 window scaling
 * @param timestamps offer RFC 7323 timestamps
 * @param sack offer RFC 2018
 * @param firstEphemeralPort lowest local port of connections we initiate
 * @param lastEphemeralPort highest such port
 * @param resetsPerSecond budget for resets without a connection
 * @param floodLimits what strangers may make the stack hold and answer
 * @param ecn explicit congestion notification (RFC 3168)
 * @param pacing spread each window over its round trip; congestion control that names a rate is paced in any case
 * @param memoryBudgetBytes octets that all buffers of the stack may hold together
 * @param userTimeout how long text may stay unacknowledged before a connection is given up (RFC 9293 3.8.3); zero leaves it to maxRetransmissions
 * @param userTimeoutOption tell peers our user timeout and heed theirs (RFC 5482)
 * @param pathMtuProbing find out the path MTU where routers do not tell (RFC 4821)
 * @param hopLimit TTL or hop limit of every packet (RFC 9293 3.9.2); 1 to 255
 * @param fastOpenConnect send the text that {@link NetworkStack#connect} is given with the SYN where the server allows it (RFC 7413)
 * @param fastOpenPlaces connections of one listener that may have sent text with their SYN and not completed the handshake; 0
 *     takes no such text. An application that turns it on may see such text twice (RFC 7413 6.1).
 */
public record StackSettings(
        int receiveBufferBytes,
        int sendBufferBytes,
        Duration initialRto,
        Duration minRto,
        Duration maxRto,
        int maxRetransmissions,
        int maxSynRetransmissions,
        Duration delayedAck,
        Duration busyPoll,
        Duration timeWait,
        Duration finWait2,
        Duration keepAliveIdle,
        Duration keepAliveInterval,
        int keepAliveProbes,
        boolean windowScaling,
        boolean timestamps,
        boolean sack,
        int firstEphemeralPort,
        int lastEphemeralPort,
        int resetsPerSecond,
        FloodLimits floodLimits,
        EcnMode ecn,
        boolean pacing,
        long memoryBudgetBytes,
        Duration userTimeout,
        boolean userTimeoutOption,
        boolean pathMtuProbing,
        int hopLimit,
        boolean fastOpenConnect,
        int fastOpenPlaces,
        CongestionControlFactory congestionControl) {

    public StackSettings {
        require(hopLimit >= 1 && hopLimit <= 255, "hopLimit", hopLimit);
        require(fastOpenPlaces >= 0, "fastOpenPlaces", fastOpenPlaces);
        require(receiveBufferBytes >= 4096 && receiveBufferBytes <= 1 << 30, "receiveBufferBytes", receiveBufferBytes);
        require(sendBufferBytes >= 4096, "sendBufferBytes", sendBufferBytes);
        require(memoryBudgetBytes >= 1 << 20, "memoryBudgetBytes", memoryBudgetBytes);
        require(
                firstEphemeralPort > 0 && firstEphemeralPort <= lastEphemeralPort,
                "firstEphemeralPort",
                firstEphemeralPort);
        require(lastEphemeralPort <= 65_535, "lastEphemeralPort", lastEphemeralPort);
        require(delayedAck.toMillis() < 500, "delayedAck", delayedAck);
        require(!busyPoll.isNegative() && busyPoll.toMillis() < 100, "busyPoll", busyPoll);
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException("stack setting " + name + " out of range: " + value);
        }
    }

    public static StackSettings defaults() {
        return new StackSettings(
                16 << 20,
                16 << 20,
                Duration.ofSeconds(1),
                Duration.ofMillis(200),
                Duration.ofSeconds(60),
                15,
                6,
                Duration.ofMillis(40),
                Duration.ZERO,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofHours(2),
                Duration.ofSeconds(75),
                9,
                true,
                true,
                true,
                40_000,
                49_999,
                1000,
                FloodLimits.defaults(),
                EcnMode.ACCEPT,
                false,
                256L << 20,
                Duration.ZERO,
                false,
                true,
                64,
                false,
                0,
                Cubic::new);
    }

    /** A copy to change; {@link Builder#build()} checks it. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** The congestion control of that name: {@code cubic}, {@code newreno} or {@code bbr}. */
    public static CongestionControlFactory congestionControlNamed(String name) {
        return switch (name) {
            case "cubic" -> Cubic::new;
            case "newreno" -> NewReno::new;
            case "bbr" -> Bbr::new;
            default ->
                throw new IllegalArgumentException(
                        "no congestion control \"" + name + "\": choose cubic, newreno or bbr");
        };
    }

    /** Mutable copy of a {@link StackSettings}; every setter returns this. */
    public static final class Builder {

        private int receiveBufferBytes;
        private int sendBufferBytes;
        private Duration initialRto;
        private Duration minRto;
        private Duration maxRto;
        private int maxRetransmissions;
        private int maxSynRetransmissions;
        private Duration delayedAck;
        private Duration busyPoll;
        private Duration timeWait;
        private Duration finWait2;
        private Duration keepAliveIdle;
        private Duration keepAliveInterval;
        private int keepAliveProbes;
        private boolean windowScaling;
        private boolean timestamps;
        private boolean sack;
        private int firstEphemeralPort;
        private int lastEphemeralPort;
        private int resetsPerSecond;
        private FloodLimits floodLimits;
        private EcnMode ecn;
        private boolean pacing;
        private long memoryBudgetBytes;
        private Duration userTimeout;
        private boolean userTimeoutOption;
        private boolean pathMtuProbing;
        private int hopLimit;
        private boolean fastOpenConnect;
        private int fastOpenPlaces;
        private CongestionControlFactory congestionControl;

        private Builder(StackSettings from) {
            receiveBufferBytes = from.receiveBufferBytes;
            sendBufferBytes = from.sendBufferBytes;
            initialRto = from.initialRto;
            minRto = from.minRto;
            maxRto = from.maxRto;
            maxRetransmissions = from.maxRetransmissions;
            maxSynRetransmissions = from.maxSynRetransmissions;
            delayedAck = from.delayedAck;
            busyPoll = from.busyPoll;
            timeWait = from.timeWait;
            finWait2 = from.finWait2;
            keepAliveIdle = from.keepAliveIdle;
            keepAliveInterval = from.keepAliveInterval;
            keepAliveProbes = from.keepAliveProbes;
            windowScaling = from.windowScaling;
            timestamps = from.timestamps;
            sack = from.sack;
            firstEphemeralPort = from.firstEphemeralPort;
            lastEphemeralPort = from.lastEphemeralPort;
            resetsPerSecond = from.resetsPerSecond;
            floodLimits = from.floodLimits;
            ecn = from.ecn;
            pacing = from.pacing;
            memoryBudgetBytes = from.memoryBudgetBytes;
            userTimeout = from.userTimeout;
            userTimeoutOption = from.userTimeoutOption;
            pathMtuProbing = from.pathMtuProbing;
            hopLimit = from.hopLimit;
            fastOpenConnect = from.fastOpenConnect;
            fastOpenPlaces = from.fastOpenPlaces;
            congestionControl = from.congestionControl;
        }

        public Builder receiveBufferBytes(int value) {
            receiveBufferBytes = value;
            return this;
        }

        public Builder sendBufferBytes(int value) {
            sendBufferBytes = value;
            return this;
        }

        public Builder initialRto(Duration value) {
            initialRto = value;
            return this;
        }

        public Builder minRto(Duration value) {
            minRto = value;
            return this;
        }

        public Builder maxRto(Duration value) {
            maxRto = value;
            return this;
        }

        public Builder maxRetransmissions(int value) {
            maxRetransmissions = value;
            return this;
        }

        public Builder maxSynRetransmissions(int value) {
            maxSynRetransmissions = value;
            return this;
        }

        public Builder delayedAck(Duration value) {
            delayedAck = value;
            return this;
        }

        public Builder busyPoll(Duration value) {
            busyPoll = value;
            return this;
        }

        public Builder timeWait(Duration value) {
            timeWait = value;
            return this;
        }

        public Builder finWait2(Duration value) {
            finWait2 = value;
            return this;
        }

        public Builder keepAliveIdle(Duration value) {
            keepAliveIdle = value;
            return this;
        }

        public Builder keepAliveInterval(Duration value) {
            keepAliveInterval = value;
            return this;
        }

        public Builder keepAliveProbes(int value) {
            keepAliveProbes = value;
            return this;
        }

        public Builder windowScaling(boolean value) {
            windowScaling = value;
            return this;
        }

        public Builder timestamps(boolean value) {
            timestamps = value;
            return this;
        }

        public Builder sack(boolean value) {
            sack = value;
            return this;
        }

        public Builder firstEphemeralPort(int value) {
            firstEphemeralPort = value;
            return this;
        }

        public Builder lastEphemeralPort(int value) {
            lastEphemeralPort = value;
            return this;
        }

        public Builder resetsPerSecond(int value) {
            resetsPerSecond = value;
            return this;
        }

        public Builder floodLimits(FloodLimits value) {
            floodLimits = value;
            return this;
        }

        public Builder ecn(EcnMode value) {
            ecn = value;
            return this;
        }

        public Builder pacing(boolean value) {
            pacing = value;
            return this;
        }

        public Builder memoryBudgetBytes(long value) {
            memoryBudgetBytes = value;
            return this;
        }

        public Builder userTimeout(Duration value) {
            userTimeout = value;
            return this;
        }

        public Builder userTimeoutOption(boolean value) {
            userTimeoutOption = value;
            return this;
        }

        public Builder pathMtuProbing(boolean value) {
            pathMtuProbing = value;
            return this;
        }

        public Builder hopLimit(int value) {
            hopLimit = value;
            return this;
        }

        public Builder fastOpenConnect(boolean value) {
            fastOpenConnect = value;
            return this;
        }

        public Builder fastOpenPlaces(int value) {
            fastOpenPlaces = value;
            return this;
        }

        public Builder congestionControl(CongestionControlFactory value) {
            congestionControl = value;
            return this;
        }

        /** @throws IllegalArgumentException naming the setting that is out of range */
        public StackSettings build() {
            return new StackSettings(
                    receiveBufferBytes,
                    sendBufferBytes,
                    initialRto,
                    minRto,
                    maxRto,
                    maxRetransmissions,
                    maxSynRetransmissions,
                    delayedAck,
                    busyPoll,
                    timeWait,
                    finWait2,
                    keepAliveIdle,
                    keepAliveInterval,
                    keepAliveProbes,
                    windowScaling,
                    timestamps,
                    sack,
                    firstEphemeralPort,
                    lastEphemeralPort,
                    resetsPerSecond,
                    floodLimits,
                    ecn,
                    pacing,
                    memoryBudgetBytes,
                    userTimeout,
                    userTimeoutOption,
                    pathMtuProbing,
                    hopLimit,
                    fastOpenConnect,
                    fastOpenPlaces,
                    congestionControl);
        }
    }
}
