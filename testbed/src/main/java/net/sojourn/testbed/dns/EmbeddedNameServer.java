package net.sojourn.testbed.dns;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import net.sojourn.testbed.TestbedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;

/**
 * A small authoritative server for one zone, by UDP and TCP, that takes TSIG-signed updates (RFC 1035, 2136, 8945). Its
 * SOA minimum is 0, so that no resolver remembers an absence. Sockets are opened by the thread that calls
 * {@link #start}, hence in its network namespace. Records live in memory only.
 */
public final class EmbeddedNameServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedNameServer.class);

    private static final int MAX_UDP_BYTES = 512;
    private static final int MAX_MESSAGE_BYTES = 65535;
    private static final int TCP_IDLE_MILLIS = 10_000;
    private static final long APEX_TTL_SECONDS = 3600;
    private static final Set<Integer> CHANGEABLE = Set.of(Type.A, Type.AAAA, Type.TXT);

    private final Name origin;
    private final ServerKey key;
    private final ZoneData zone;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    private EmbeddedNameServer(Name origin, InetAddress address, ServerKey key, DatagramSocket udp, ServerSocket tcp) {
        this.origin = origin;
        this.key = key;
        this.zone = new ZoneData(origin, apex(origin, address));
        this.udp = udp;
        this.tcp = tcp;
    }

    /**
     * @param zoneName such as {@code mob.test}
     * @param port 0 takes a free one
     * @param key signs updates of any A, AAAA and TXT in the zone
     * @throws TestbedException if the address or port cannot be had
     */
    public static EmbeddedNameServer start(String zoneName, InetAddress address, int port, ServerKey key) {
        Name origin = Name.fromConstantString(zoneName.endsWith(".") ? zoneName : zoneName + ".");
        ServerSocket tcp = null;
        try {
            tcp = new ServerSocket();
            tcp.setReuseAddress(true);
            tcp.bind(new InetSocketAddress(address, port));
            DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, tcp.getLocalPort()));
            EmbeddedNameServer server = new EmbeddedNameServer(origin, address, key, udp, tcp);
            server.daemon("name-server-udp", server::serveUdp);
            server.daemon("name-server-tcp", server::serveTcp);
            return server;
        } catch (IOException e) {
            closeQuietly(tcp);
            throw new TestbedException(
                    "cannot serve " + zoneName + " at " + address.getHostAddress() + " port " + port + ": "
                            + e.getMessage() + ". Is another name server running there?",
                    e);
        }
    }

    /** Arguments: ZONE ADDRESS PORT KEYFILE. Serves until it is killed; prints one line when it is ready. */
    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: EmbeddedNameServer ZONE ADDRESS PORT KEYFILE");
            System.exit(2);
        }
        EmbeddedNameServer server = start(
                args[0], InetAddress.getByName(args[1]), Integer.parseInt(args[2]), ServerKey.read(Path.of(args[3])));
        System.out.println("serving " + server.origin + " at " + args[1] + " port "
                + server.address().getPort());
        new CountDownLatch(1).await();
    }

    /** Where it listens, by UDP and TCP. */
    public InetSocketAddress address() {
        return (InetSocketAddress) tcp.getLocalSocketAddress();
    }

    @Override
    public void close() {
        udp.close();
        closeQuietly(tcp);
        connections.forEach(EmbeddedNameServer::closeQuietly);
    }

    private static List<Record> apex(Name origin, InetAddress address) {
        Name server = Name.fromConstantString("ns." + origin);
        Name admin = Name.fromConstantString("hostmaster." + origin);
        Record host = address instanceof Inet4Address
                ? new ARecord(server, DClass.IN, APEX_TTL_SECONDS, address)
                : new AAAARecord(server, DClass.IN, APEX_TTL_SECONDS, address);
        return List.of(
                new SOARecord(origin, DClass.IN, APEX_TTL_SECONDS, server, admin, 1, 3600, 600, 604800, 0),
                new NSRecord(origin, DClass.IN, APEX_TTL_SECONDS, server),
                host);
    }

    private void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void serveUdp() {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_MESSAGE_BYTES], MAX_MESSAGE_BYTES);
        while (!udp.isClosed()) {
            try {
                packet.setLength(MAX_MESSAGE_BYTES);
                udp.receive(packet);
                byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()), MAX_UDP_BYTES);
                if (answer.length > 0) {
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                LOG.debug("a datagram was lost: {}", e.toString());
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket connection = tcp.accept();
                connections.add(connection);
                daemon("name-server-connection", () -> serve(connection));
            } catch (IOException e) {
                LOG.debug("a connection was lost: {}", e.toString());
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(TCP_IDLE_MILLIS);
            DataInputStream in = new DataInputStream(connection.getInputStream());
            OutputStream out = connection.getOutputStream();
            while (true) {
                byte[] request = new byte[in.readUnsignedShort()];
                in.readFully(request);
                byte[] answer = answer(request, MAX_MESSAGE_BYTES);
                if (answer.length == 0) {
                    return;
                }
                byte[] framed = new byte[answer.length + 2];
                framed[0] = (byte) (answer.length >>> 8);
                framed[1] = (byte) answer.length;
                System.arraycopy(answer, 0, framed, 2, answer.length);
                out.write(framed);
                out.flush();
            }
        } catch (IOException e) {
            LOG.debug("a connection ended: {}", e.toString());
        } finally {
            connections.remove(connection);
        }
    }

    /** Empty if nothing may be answered. */
    private byte[] answer(byte[] octets, int maxBytes) {
        try {
            Message request = new Message(octets);
            if (request.getHeader().getFlag(Flags.QR)) {
                return new byte[0];
            }
            return answer(request, octets).toWire(maxBytes);
        } catch (IOException | RuntimeException e) {
            LOG.debug("not a message: {}", e.toString());
            return formatError(octets);
        }
    }

    private static byte[] formatError(byte[] octets) {
        boolean answerable = octets.length >= 12 && (octets[2] & 0x80) == 0;
        if (!answerable) {
            return new byte[0];
        }
        Message answer = new Message((octets[0] & 0xff) << 8 | octets[1] & 0xff);
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setRcode(Rcode.FORMERR);
        return answer.toWire();
    }

    private Message answer(Message request, byte[] octets) {
        Message answer = emptyAnswer(request);
        TSIGRecord signature = request.getTSIG();
        boolean signed = signature != null;
        if (signature != null) {
            int error =
                    signature.getName().equals(key.dnsName()) ? key.tsig().verify(request, octets, null) : Rcode.BADKEY;
            if (error != Rcode.NOERROR) {
                return unauthorised(answer, signature, error);
            }
            answer.setTSIG(key.tsig(), Rcode.NOERROR, signature);
        }
        switch (request.getHeader().getOpcode()) {
            case Opcode.QUERY -> query(request, answer);
            case Opcode.UPDATE -> answer.getHeader().setRcode(update(request, signed));
            default -> answer.getHeader().setRcode(Rcode.NOTIMP);
        }
        return answer;
    }

    private static Message emptyAnswer(Message request) {
        Message answer = new Message(request.getHeader().getID());
        Header header = answer.getHeader();
        header.setOpcode(request.getHeader().getOpcode());
        header.setFlag(Flags.QR);
        if (request.getHeader().getFlag(Flags.RD)) {
            header.setFlag(Flags.RD);
        }
        Record question = request.getQuestion();
        if (question != null) {
            answer.addRecord(question, Section.QUESTION);
        }
        return answer;
    }

    /** RFC 8945 5.2: BADSIG and BADKEY are answered unsigned, BADTIME signed and with our time. */
    private Message unauthorised(Message answer, TSIGRecord signature, int error) {
        answer.getHeader().setRcode(Rcode.NOTAUTH);
        if (error == Rcode.BADTIME) {
            answer.setTSIG(key.tsig(), Rcode.BADTIME, signature);
        } else {
            answer.addRecord(
                    new TSIGRecord(
                            signature.getName(),
                            DClass.ANY,
                            0,
                            TSIG.HMAC_SHA256,
                            signature.getTimeSigned(),
                            signature.getFudge(),
                            new byte[0],
                            signature.getOriginalID(),
                            error,
                            new byte[0]),
                    Section.ADDITIONAL);
        }
        return answer;
    }

    private void query(Message request, Message answer) {
        Record question = request.getQuestion();
        Header header = answer.getHeader();
        if (question == null || request.getSection(Section.QUESTION).size() != 1) {
            header.setRcode(Rcode.FORMERR);
            return;
        }
        Name name = question.getName();
        if (!name.subdomain(origin) || question.getDClass() != DClass.IN) {
            header.setRcode(Rcode.REFUSED);
            return;
        }
        header.setFlag(Flags.AA);
        List<Record> records = zone.records(name, question.getType());
        records.forEach(record -> answer.addRecord(record, Section.ANSWER));
        if (records.isEmpty()) {
            header.setRcode(zone.exists(name) ? Rcode.NOERROR : Rcode.NXDOMAIN);
            // RFC 2308 3: without it the absence has no limit.
            answer.addRecord(negativeSoa(), Section.AUTHORITY);
        }
    }

    private SOARecord negativeSoa() {
        SOARecord soa = zone.soa();
        return new SOARecord(
                soa.getName(),
                DClass.IN,
                soa.getMinimum(),
                soa.getHost(),
                soa.getAdmin(),
                soa.getSerial(),
                soa.getRefresh(),
                soa.getRetry(),
                soa.getExpire(),
                soa.getMinimum());
    }

    private int update(Message request, boolean signed) {
        List<Record> zoneSection = request.getSection(Section.ZONE);
        if (zoneSection.size() != 1 || zoneSection.get(0).getType() != Type.SOA) {
            return Rcode.FORMERR;
        }
        if (!zoneSection.get(0).getName().equals(origin)) {
            return Rcode.NOTAUTH;
        }
        List<Record> updates = request.getSection(Section.UPDATE);
        boolean allowed = updates.stream().allMatch(record -> CHANGEABLE.contains(record.getType()));
        if (!signed || !allowed) {
            return Rcode.REFUSED;
        }
        return zone.update(request.getSection(Section.PREREQ), updates);
    }

    private static void closeQuietly(@Nullable Closeable socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.debug("closing: {}", e.toString());
        }
    }
}
