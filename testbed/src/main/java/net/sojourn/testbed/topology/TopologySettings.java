package net.sojourn.testbed.topology;

import java.time.Duration;
import net.sojourn.testbed.link.LinkSettings;

/**
 * How a {@link MobilityTopology} is built. Start from {@link #IPV4} or {@link #IPV6}.
 *
 * @param family which addresses all hosts have
 * @param wifiDown from the internet to the Wi-Fi router
 * @param wifiUp from the Wi-Fi router to the internet
 * @param mobileDown from the internet to the mobile network's router
 * @param mobileUp from the mobile network's router to the internet
 * @param routing what the two routers do beside forwarding
 * @param duplicateAddressDetection whether the laptop tests a new IPv6 address before use, as real hosts do: it is usable
 *     some 1.3 s after it appeared then
 * @param linksInProcesses whether each emulated link runs in a Java process of its own, undisturbed by this one
 * @param seed of the links' chance
 */
public record TopologySettings(
        Family family,
        LinkSettings wifiDown,
        LinkSettings wifiUp,
        LinkSettings mobileDown,
        LinkSettings mobileUp,
        Routing routing,
        boolean duplicateAddressDetection,
        boolean linksInProcesses,
        long seed) {

    /** Internet Protocol, version 4 or 6. */
    public enum Family {
        IPV4,
        IPV6
    }

    /** What the routers before the laptop do with its packets. */
    public enum Routing {
        /** Forward them. */
        PLAIN,
        /** Hide the laptop behind their own address (masquerade). */
        MASQUERADE,
        /**
         * Forward, but let in only what belongs to a connection they saw begin, in sequence: a strict stateful firewall,
         * nothing picked up in its midst.
         */
        STRICT_FIREWALL
    }

    private static final LinkSettings WIFI =
            LinkSettings.delay(Duration.ofMillis(10)).withRate(100_000_000);
    private static final LinkSettings MOBILE =
            LinkSettings.delay(Duration.ofMillis(30)).withRate(50_000_000);

    /** Wi-Fi with 100 Mbit/s and 20 ms of round trip, mobile with 50 Mbit/s and 60 ms; IPv4. */
    public static final TopologySettings IPV4 =
            new TopologySettings(Family.IPV4, WIFI, WIFI, MOBILE, MOBILE, Routing.PLAIN, false, false, 1);

    /** As {@link #IPV4}, with IPv6 addresses only. */
    public static final TopologySettings IPV6 = IPV4.withFamily(Family.IPV6);

    public TopologySettings withFamily(Family newFamily) {
        return new TopologySettings(
                newFamily,
                wifiDown,
                wifiUp,
                mobileDown,
                mobileUp,
                routing,
                duplicateAddressDetection,
                linksInProcesses,
                seed);
    }

    /** The same settings both ways of the Wi-Fi path. */
    public TopologySettings withWifi(LinkSettings bothWays) {
        return new TopologySettings(
                family,
                bothWays,
                bothWays,
                mobileDown,
                mobileUp,
                routing,
                duplicateAddressDetection,
                linksInProcesses,
                seed);
    }

    /** The same settings both ways of the mobile path. */
    public TopologySettings withMobile(LinkSettings bothWays) {
        return new TopologySettings(
                family,
                wifiDown,
                wifiUp,
                bothWays,
                bothWays,
                routing,
                duplicateAddressDetection,
                linksInProcesses,
                seed);
    }

    public TopologySettings withRouting(Routing newRouting) {
        return new TopologySettings(
                family,
                wifiDown,
                wifiUp,
                mobileDown,
                mobileUp,
                newRouting,
                duplicateAddressDetection,
                linksInProcesses,
                seed);
    }

    public TopologySettings withDuplicateAddressDetection(boolean on) {
        return new TopologySettings(
                family, wifiDown, wifiUp, mobileDown, mobileUp, routing, on, linksInProcesses, seed);
    }

    public TopologySettings withLinksInProcesses(boolean on) {
        return new TopologySettings(
                family, wifiDown, wifiUp, mobileDown, mobileUp, routing, duplicateAddressDetection, on, seed);
    }

    public TopologySettings withSeed(long newSeed) {
        return new TopologySettings(
                family,
                wifiDown,
                wifiUp,
                mobileDown,
                mobileUp,
                routing,
                duplicateAddressDetection,
                linksInProcesses,
                newSeed);
    }
}
