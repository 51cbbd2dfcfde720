package net.sojourn.tun.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import net.sojourn.stack.IpAddress;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a kernel has really said, and what it never would. */
class NetlinkMessageTest {

    private static final int MUTANTS = 200_000;
    private static final Map<String, List<byte[]>> DUMPS = new LinkedHashMap<>();

    @BeforeAll
    static void readDumps() throws IOException {
        try (InputStream file = NetlinkMessageTest.class.getResourceAsStream("kernel-dumps.txt");
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(file), StandardCharsets.US_ASCII))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ", -1);
                DUMPS.computeIfAbsent(words[0], name -> new ArrayList<>())
                        .add(HexFormat.of().parseHex(words[1]));
            });
        }
    }

    private static List<NetlinkMessage> messages(String name) {
        List<NetlinkMessage> messages = new ArrayList<>();
        DUMPS.getOrDefault(name, List.of()).forEach(d -> NetlinkMessage.forEach(d, d.length, messages::add));
        return messages;
    }

    private static <K, V> V the(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), key + " is missing");
    }

    @Test
    void linksOfAKernel() {
        Map<String, Link> links = new LinkedHashMap<>();
        messages("links").stream()
                .flatMap(message -> Link.of(message).stream())
                .forEach(link -> links.put(link.name(), link));
        assertTrue(links.keySet().containsAll(List.of("lo", "br0", "u0", "r0", "tun5")), links.toString());
        assertTrue(the(links, "lo").loopback());
        assertEquals(1400, the(links, "u0").mtuBytes());
        assertTrue(the(links, "u0").up());
        assertFalse(the(links, "tun5").up());
        assertFalse(the(links, "u0").loopback());
    }

    @Test
    void addressesOfAKernel() {
        Map<IpAddress, LinkAddress> addresses = new LinkedHashMap<>();
        messages("addresses").stream()
                .flatMap(message -> LinkAddress.of(message).stream())
                .forEach(address -> addresses.put(address.address(), address));
        assertTrue(the(addresses, IpAddress.parse("10.71.1.2")).isUsable());
        assertEquals(24, the(addresses, IpAddress.parse("10.71.1.3")).prefixBits());
        // A point-to-point address is the local one, not the peer's.
        assertTrue(the(addresses, IpAddress.parse("192.0.2.1")).isUsable());
        assertFalse(addresses.containsKey(IpAddress.parse("192.0.2.2")));
        assertFalse(the(addresses, IpAddress.parse("2001:db8::5")).isUsable(), "deprecated");
        assertFalse(the(addresses, IpAddress.parse("fd71:1::2")).isUsable(), "tentative at that time");
        assertFalse(the(addresses, IpAddress.parse("127.0.0.1")).isUsable());
    }

    /** A port that leaves its bridge is told as RTM_DELLINK of the family AF_BRIDGE: the device is still there. */
    @Test
    void leavingABridgeIsNoEndOfALink() {
        List<NetlinkMessage> news = messages("news");
        List<NetlinkMessage> ends =
                news.stream().filter(m -> m.type() == RtNetlink.RTM_DELLINK).toList();
        assertTrue(ends.stream().anyMatch(m -> m.octet(0) == 7), "the kernel spoke of the bridge");
        List<String> ended = ends.stream()
                .flatMap(message -> Link.of(message).stream())
                .map(Link::name)
                .toList();
        assertEquals(
                List.of("tun5", "r0", "u0").stream().sorted().toList(),
                ended.stream().sorted().toList());
    }

    /** Wireless extensions send RTM_NEWLINK with nothing but IFLA_WIRELESS. */
    @Test
    void messageWithoutANameDescribesNoLink() {
        byte[] body = new byte[RtNetlink.LINK_HEADER_BYTES + 8];
        ByteBuffer.wrap(body)
                .order(ByteOrder.nativeOrder())
                .putInt(4, 3)
                .putShort(16, (short) 8)
                .putShort(18, (short) 11);
        assertEquals(Optional.empty(), Link.of(new NetlinkMessage(RtNetlink.RTM_NEWLINK, 0, 0, body)));
    }

    /** Whatever arrives is ignored or understood, never an exception, and ends. */
    @Test
    void survivesMutatedDumps() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<byte[]> all = DUMPS.values().stream().flatMap(List::stream).toList();
        int understood = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(all.get(random.nextInt(all.size())), random);
            try {
                understood += readAll(mutant);
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + " mutant " + i + ": " + HexFormat.of().formatHex(mutant), e);
            }
        }
        assertTrue(understood > MUTANTS / 100, understood + " understood");
    }

    private static byte[] mutate(byte[] original, Random random) {
        int length = random.nextInt(4) == 0 ? random.nextInt(original.length + 1) : original.length;
        byte[] mutant = Arrays.copyOf(original, Math.min(length, 2_048));
        for (int n = random.nextInt(8); n > 0 && mutant.length > 0; n--) {
            int at = random.nextInt(mutant.length);
            mutant[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : mutant[at] ^ 1 << random.nextInt(8));
        }
        return mutant;
    }

    private static int readAll(byte[] datagram) {
        int[] understood = new int[1];
        NetlinkMessage.forEach(datagram, datagram.length, message -> {
            understood[0] += Link.of(message).isPresent() ? 1 : 0;
            understood[0] +=
                    LinkAddress.of(message).filter(LinkAddress::isUsable).isPresent() ? 1 : 0;
            message.addressAttribute(RtNetlink.ROUTE_HEADER_BYTES, RtNetlink.RTA_PREFSRC);
            message.wordAttribute(RtNetlink.ROUTE_HEADER_BYTES, RtNetlink.RTA_OIF);
        });
        return understood[0];
    }
}
