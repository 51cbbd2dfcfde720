package net.sojourn.testbed.dns;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between updater and server: passes datagrams and connections on, and loses what it is told to lose. */
final class Relay implements AutoCloseable {

    private static final int UPDATE_OPCODE = 5;

    private final InetSocketAddress server;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    final AtomicInteger loseUpdateAnswers = new AtomicInteger();
    final AtomicInteger loseUpdates = new AtomicInteger();
    final AtomicInteger updatesByTcp = new AtomicInteger();

    Relay(InetSocketAddress server) throws IOException {
        this.server = server;
        InetSocketAddress listen = FreePort.onLoopback();
        udp = new DatagramSocket(listen);
        tcp = new ServerSocket(listen.getPort(), 5, listen.getAddress());
        daemon(this::passDatagrams);
        daemon(this::passConnections);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(udp.getLocalAddress(), udp.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }

    private void passDatagrams() {
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
                udp.receive(packet);
                byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
                boolean update = ((question[2] >> 3) & 0xF) == UPDATE_OPCODE;
                if (update && loseUpdates.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                    continue;
                }
                SocketAddress client = packet.getSocketAddress();
                daemon(() -> passOne(question, update, client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void passOne(byte[] question, boolean update, SocketAddress client) {
        try (DatagramSocket up = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            up.setSoTimeout(5_000);
            up.send(new DatagramPacket(question, question.length, server));
            DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
            up.receive(answer);
            if (update && loseUpdateAnswers.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                return;
            }
            udp.send(new DatagramPacket(answer.getData(), answer.getLength(), client));
        } catch (SocketTimeoutException e) {
            return;
        } catch (IOException e) {
            return;
        }
    }

    private void passConnections() {
        while (!tcp.isClosed()) {
            try {
                Socket client = tcp.accept();
                Socket up = new Socket(server.getAddress(), server.getPort());
                updatesByTcp.incrementAndGet();
                daemon(() -> copy(client, up));
                daemon(() -> copy(up, client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        } catch (IOException e) {
            return;
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }
}
