package net.sojourn.migrate;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldHost;

/** A NAT with port translation before one host: it gives mappings to what goes out, and drops what comes in without one. */
final class Translator {

    private final WorldHost inside;
    private final IpAddress insideAddress;
    private final IpAddress[] outsides;
    private final Map<Integer, Integer> insidePorts = new HashMap<>();
    private final Map<Integer, Integer> outsidePorts = new HashMap<>();
    private int next = 20_000;
    private int current;
    int dropped;

    Translator(World world, WorldHost inside, IpAddress... outsides) {
        this.inside = inside;
        this.insideAddress = inside.address();
        this.outsides = outsides;
        List<IpAddress> owned = new ArrayList<>(List.of(outsides));
        owned.add(insideAddress);
        world.own(inside, owned); // which is brought what is sent to its translator
    }

    /** It has been switched off and on: every mapping is another, behind the same address. */
    void forget() {
        insidePorts.clear();
        outsidePorts.clear();
    }

    /** And its provider has given it another address. */
    void forgetAndRenumber() {
        forget();
        current++;
    }

    /** @return copies to carry on */
    int carry(WorldHost from, ByteBuf packet) {
        int ip = packet.readerIndex();
        if (from == inside) {
            int port = outsidePorts.computeIfAbsent(Packets.port(packet, 20), none -> next++);
            insidePorts.put(port, Packets.port(packet, 20));
            packet.setInt(ip + 12, bits(outsides[current]));
            packet.setShort(ip + 20, port);
            Packets.seal(packet);
            return 1;
        }
        Integer port = insidePorts.get(Packets.port(packet, 22));
        if (port == null || !Packets.address(packet, 16).equals(outsides[current])) {
            dropped++;
            return 0;
        }
        packet.setInt(ip + 16, bits(insideAddress));
        packet.setShort(ip + 22, port);
        Packets.seal(packet);
        return 1;
    }

    private static int bits(IpAddress address) {
        String[] octets = address.toString().split("\\.");
        int bits = 0;
        for (String octet : octets) {
            bits = bits << 8 | Integer.parseInt(octet);
        }
        return bits;
    }
}
