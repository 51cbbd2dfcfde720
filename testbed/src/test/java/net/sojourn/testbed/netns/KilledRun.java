package net.sojourn.testbed.netns;

import net.sojourn.testbed.link.LinkSettings;

/** A run of the testbed to be killed: makes hosts, a link and a process, says so, and sleeps. */
final class KilledRun {

    private KilledRun() {}

    public static void main(String[] arguments) throws InterruptedException {
        TestNetwork network = TestNetwork.create();
        Host a = network.host("a");
        Host b = network.host("b");
        network.cable(a, "eth0", b, "eth0");
        LinkSettings settings = LinkSettings.parse("delay=5ms");
        network.link(a, "tun0", b, "tun0", settings, settings, 1);
        network.linkInProcess(a, "tun1", b, "tun1", settings, settings, 1);
        a.nameServer(net.sojourn.stack.IpAddress.parse("10.0.0.53"));
        HostProcess sleeper = b.start("sleep", "1000");
        System.out.println("made " + network.runId() + " " + sleeper.pid());
        Thread.sleep(60_000);
    }
}
