package net.sojourn.testbed.link;

import java.io.IOException;
import net.sojourn.tun.TunDevice;
import net.sojourn.tun.host.NetworkNamespace;

/**
 * An emulated link in real time: makes a TUN device in each of two namespaces and carries packets between them, as a
 * {@link LinkModel} a direction decides. One thread for each direction; packets are on time to about 0.2 ms as long as a
 * processor is free.
 *
 * <p>If both directions are {@link LinkSettings#UNLIMITED} at the start, the devices carry super-packets (virtio_net_hdr
 * with TSO and checksum offload) and the link is as fast as the machine; its settings are fixed then. In all other cases
 * each packet is one segment as on a wire.
 */
public final class LinkForwarder implements EmulatedLink {

    private final TunDevice tunA;
    private final TunDevice tunB;
    private final LinkPump aToB;
    private final LinkPump bToA;
    private final boolean superPackets;

    private LinkForwarder(TunDevice tunA, TunDevice tunB, LinkPump aToB, LinkPump bToA, boolean superPackets) {
        this.tunA = tunA;
        this.tunB = tunB;
        this.aToB = aToB;
        this.bToA = bToA;
        this.superPackets = superPackets;
    }

    /**
     * Makes both devices and starts forwarding. The devices are down and without addresses: that is the caller's.
     *
     * @param seed of all chance; the two directions draw from different streams
     * @throws IOException if a namespace or device cannot be had, naming call and errno
     */
    public static LinkForwarder open(LinkEnd a, LinkEnd b, LinkSettings aToB, LinkSettings bToA, long seed)
            throws IOException {
        return open(a, b, aToB, bToA, seed, Middlebox.NONE);
    }

    /** As {@link #open(LinkEnd, LinkEnd, LinkSettings, LinkSettings, long)}, with {@code middlebox} on the way. */
    public static LinkForwarder open(
            LinkEnd a, LinkEnd b, LinkSettings aToB, LinkSettings bToA, long seed, Middlebox middlebox)
            throws IOException {
        boolean superPackets = aToB.isUnlimited() && bToA.isUnlimited() && middlebox == Middlebox.NONE;
        TunDevice tunA = NetworkNamespace.call(a.namespace(), () -> TunDevice.open(a.device(), superPackets));
        TunDevice tunB;
        try {
            tunB = NetworkNamespace.call(b.namespace(), () -> TunDevice.open(b.device(), superPackets));
        } catch (IOException | RuntimeException e) {
            tunA.close();
            throw e;
        }
        String name = a.device() + "-" + b.device();
        LinkForwarder link = new LinkForwarder(
                tunA,
                tunB,
                new LinkPump(
                        name + ">",
                        tunA,
                        tunB,
                        new LinkModel(aToB, 2 * seed),
                        superPackets,
                        middlebox,
                        Direction.A_TO_B),
                new LinkPump(
                        name + "<",
                        tunB,
                        tunA,
                        new LinkModel(bToA, 2 * seed + 1),
                        superPackets,
                        middlebox,
                        Direction.B_TO_A),
                superPackets);
        link.aToB.start();
        link.bToA.start();
        return link;
    }

    @Override
    public void change(Direction direction, LinkSettings settings) {
        if (superPackets && !settings.isUnlimited()) {
            throw new IllegalStateException("this link was opened unlimited and carries super-packets: open it with a"
                    + " rate or delay, however small, to be able to change it");
        }
        pump(direction).change(settings);
    }

    @Override
    public void setUp(boolean up) {
        aToB.setUp(up);
        bToA.setUp(up);
    }

    @Override
    public LinkCounters counters(Direction direction) {
        return pump(direction).counters();
    }

    private LinkPump pump(Direction direction) {
        return direction == Direction.A_TO_B ? aToB : bToA;
    }

    @Override
    public void close() {
        aToB.stop();
        bToA.stop();
        tunA.close();
        tunB.close();
    }
}
