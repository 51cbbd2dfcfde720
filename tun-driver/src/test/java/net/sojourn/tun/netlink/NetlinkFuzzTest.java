package net.sojourn.tun.netlink;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Octets as netlink messages: read within their bounds, whatever lengths they name. */
class NetlinkFuzzTest {

    @FuzzTest(maxDuration = "2m")
    void messages(byte[] datagram) {
        NetlinkMessage.forEach(datagram, datagram.length, NetlinkFuzzTest::read);
    }

    /** Without a header of its own, so that the fuzzer is at the attributes at once. */
    @FuzzTest(maxDuration = "2m")
    void attributes(byte[] body) {
        for (int type : new int[] {RtNetlink.RTM_NEWLINK, RtNetlink.RTM_NEWADDR, RtNetlink.RTM_DELLINK}) {
            read(new NetlinkMessage(type, 0, 0, body));
        }
    }

    private static void read(NetlinkMessage message) {
        Link.of(message);
        LinkAddress.of(message);
        message.attribute(8, 1);
        message.wordAttribute(16, 3);
    }
}
