package net.sojourn.testbed.topology;

import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.topology.TopologySettings.Family;

/**
 * The addresses of a {@link MobilityTopology}: private ones for IPv4, of the documentation prefix for IPv6.
 *
 * @param wifi all addresses behind the Wi-Fi router
 * @param mobile all addresses behind the mobile network's router
 * @param server all addresses of the server's network
 * @param nameServer all addresses of the name server's network
 * @param observer all addresses of the observer's network
 * @param laptopOnWifi where the laptop is at the start
 * @param laptopOnWifiAgain an address of another subnet to come back to
 * @param laptopOnMobile what the mobile network gives the laptop
 * @param serverHome where the server is at the start
 * @param serverElsewhere an address of another subnet for the server to move to
 * @param nameServerHome the name server's address
 * @param observerHome the observer's address
 * @param internetRouter the internet router's own address
 * @param wifiRouter the Wi-Fi router's own address, towards the internet
 * @param mobileRouter the mobile network router's own address, towards the internet
 */
public record AddressPlan(
        Cidr wifi,
        Cidr mobile,
        Cidr server,
        Cidr nameServer,
        Cidr observer,
        Cidr laptopOnWifi,
        Cidr laptopOnWifiAgain,
        Cidr laptopOnMobile,
        Cidr serverHome,
        Cidr serverElsewhere,
        Cidr nameServerHome,
        Cidr observerHome,
        Cidr internetRouter,
        Cidr wifiRouter,
        Cidr mobileRouter) {

    private static final AddressPlan IPV4 = new AddressPlan(
            Cidr.parse("10.1.0.0/16"),
            Cidr.parse("10.2.0.0/16"),
            Cidr.parse("10.50.0.0/16"),
            Cidr.parse("10.53.0.0/16"),
            Cidr.parse("10.60.0.0/16"),
            Cidr.parse("10.1.0.23/24"),
            Cidr.parse("10.1.7.42/24"),
            Cidr.parse("10.2.0.77/24"),
            Cidr.parse("10.50.0.10/24"),
            Cidr.parse("10.50.9.20/24"),
            Cidr.parse("10.53.0.53/24"),
            Cidr.parse("10.60.0.2/24"),
            Cidr.parse("100.64.0.1/32"),
            Cidr.parse("100.64.1.1/32"),
            Cidr.parse("100.64.2.1/32"));

    private static final AddressPlan IPV6 = new AddressPlan(
            Cidr.parse("2001:db8:1::/48"),
            Cidr.parse("2001:db8:2::/48"),
            Cidr.parse("2001:db8:50::/48"),
            Cidr.parse("2001:db8:53::/48"),
            Cidr.parse("2001:db8:60::/48"),
            Cidr.parse("2001:db8:1::23/64"),
            Cidr.parse("2001:db8:1:7::42/64"),
            Cidr.parse("2001:db8:2::77/64"),
            Cidr.parse("2001:db8:50::10/64"),
            Cidr.parse("2001:db8:50:9::20/64"),
            Cidr.parse("2001:db8:53::53/64"),
            Cidr.parse("2001:db8:60::2/64"),
            Cidr.parse("2001:db8:ffff::1/128"),
            Cidr.parse("2001:db8:ffff:1::1/128"),
            Cidr.parse("2001:db8:ffff:2::1/128"));

    static AddressPlan of(Family family) {
        return family == Family.IPV4 ? IPV4 : IPV6;
    }
}
