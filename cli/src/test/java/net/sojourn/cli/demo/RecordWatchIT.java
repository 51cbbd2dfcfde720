package net.sojourn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What is seen of a name server that is slow once. Needs root. */
@Timeout(60)
class RecordWatchIT {

    private static final long SLOW_MILLIS = 700;

    @Test
    void oneLateAnswerDoesNotHideThoseBehindIt() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("observer");
            host.ip("link set lo up");
            try (DatagramSocket server = host.call(() -> new DatagramSocket(new InetSocketAddress("127.0.0.1", 0)))) {
                Thread answering = new Thread(() -> answer(server), "slow-once");
                answering.setDaemon(true);
                answering.start();
                try (RecordWatch watch = RecordWatch.start(
                        host, (InetSocketAddress) server.getLocalSocketAddress(), "a.test.", Type.A)) {
                    assertTrue(
                            watch.awaitOnly("192.0.2.2", Duration.ofSeconds(20)) > 0, () -> watch.current() + " seen");
                }
            }
        }
    }

    /** The first ten questions have one answer, all others another; one of them comes late. */
    private static void answer(DatagramSocket server) {
        try {
            for (int i = 0; ; i++) {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                server.receive(packet);
                if (i == 5) {
                    Thread.sleep(SLOW_MILLIS);
                }
                Message question = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                Message answer = new Message(question.getHeader().getID());
                Record asked = question.getQuestion();
                answer.addRecord(asked, Section.QUESTION);
                answer.addRecord(
                        new ARecord(asked.getName(), DClass.IN, 0, InetAddress.getByAddress(new byte[] {
                            (byte) 192, 0, 2, (byte) (i < 10 ? 1 : 2)
                        })),
                        Section.ANSWER);
                byte[] octets = answer.toWire();
                server.send(new DatagramPacket(octets, octets.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // The test is over.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
