package net.sojourn.tun.netlink;

import static net.sojourn.tun.netlink.RtNetlink.NETLINK_ROUTE;
import static net.sojourn.tun.netlink.RtNetlink.NLMSG_DONE;
import static net.sojourn.tun.netlink.RtNetlink.NLMSG_ERROR;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_DUMP_INTERRUPTED;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_MULTI;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/** A NETLINK_ROUTE socket in the namespace of the thread that opened it. One thread at a time. */
final class NetlinkSocket implements AutoCloseable {

    /** The kernel fills up to 32 KiB of a dump at once. */
    private static final int RECEIVE_BYTES = 64 * 1024;

    private static final int SOCKADDR_NL_BYTES = 12;
    private static final int MAX_DUMPS = 5;

    private final FileDescriptor socket;
    private final Pointer received = Libc.allocate(RECEIVE_BYTES);
    private final byte[] datagram = new byte[RECEIVE_BYTES];
    private int lastSequence;

    private NetlinkSocket(FileDescriptor socket) {
        this.socket = socket;
    }

    /** @param groups RTMGRP bits to hear of; 0 for questions only */
    static NetlinkSocket open(int groups) throws SystemCallException {
        FileDescriptor socket = new FileDescriptor(Libc.check(
                Libc.C.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_ROUTE),
                "open a netlink socket"));
        try {
            Pointer address = Libc.allocate(SOCKADDR_NL_BYTES);
            address.putShort(0, (short) Libc.AF_NETLINK);
            address.putInt(8, groups);
            Libc.check(Libc.C.bind(socket.number(), address.address(), SOCKADDR_NL_BYTES), "bind a netlink socket");
            return new NetlinkSocket(socket);
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    int number() {
        return socket.number();
    }

    /** Makes overruns come early, for tests. */
    void receiveBufferBytes(int bytes) throws SystemCallException {
        Pointer value = Libc.allocate(Integer.BYTES);
        value.putInt(0, bytes);
        Libc.check(
                Libc.C.setsockopt(socket.number(), Libc.SOL_SOCKET, Libc.SO_RCVBUF, value.address(), Integer.BYTES),
                "set a netlink socket's receive buffer");
    }

    /**
     * Asks, and waits for the whole answer.
     *
     * @return the messages that are no acknowledgement
     * @throws SystemCallException what the kernel said instead
     */
    List<NetlinkMessage> ask(NetlinkRequest request) throws SystemCallException {
        for (int attempt = 1; ; attempt++) {
            Answer answer = new Answer(request, send(request));
            while (!answer.complete) {
                int length = receive(0);
                if (length < 0) {
                    throw SystemCallException.lastOf("read the answer when asked to " + request.what());
                }
                NetlinkMessage.forEach(datagram, length, answer::add);
            }
            if (answer.errno != 0) {
                throw new SystemCallException(request.what(), answer.errno);
            }
            // Something changed while the kernel told: the list may have holes.
            if (!answer.interrupted || attempt == MAX_DUMPS) {
                return answer.messages;
            }
        }
    }

    private int send(NetlinkRequest request) throws SystemCallException {
        int sequence = ++lastSequence;
        byte[] message = request.bytes(sequence);
        Pointer octets = Libc.allocate(message.length);
        octets.put(0, message, 0, message.length);
        if (Libc.C.send(socket.number(), octets.address(), message.length, 0) < 0) {
            throw SystemCallException.lastOf(request.what());
        }
        return sequence;
    }

    /** The length of the next datagram; below 0 on failure, see {@link Libc#errno}. */
    private int receive(int flags) {
        while (true) {
            long length = Libc.C.recv(socket.number(), received.address(), RECEIVE_BYTES, flags);
            if (length >= 0) {
                received.get(0, datagram, 0, (int) length);
                return (int) length;
            }
            if (!Errno.EINTR.is(Libc.errno())) {
                return -1;
            }
        }
    }

    /** What hearing gave. */
    enum Heard {
        /** Nothing waits. */
        NOTHING,
        /** A datagram was read. */
        SOME,
        /** The kernel dropped news: ask for everything again. */
        OVERRUN
    }

    /** Takes one waiting datagram, without blocking; adds its messages to {@code messages}. */
    Heard hear(List<NetlinkMessage> messages) throws SystemCallException {
        int length = receive(Libc.MSG_DONTWAIT);
        if (length >= 0) {
            NetlinkMessage.forEach(datagram, length, messages::add);
            return Heard.SOME;
        }
        int errno = Libc.errno();
        if (Errno.EAGAIN.is(errno)) {
            return Heard.NOTHING;
        }
        if (Errno.ENOBUFS.is(errno)) {
            return Heard.OVERRUN;
        }
        throw new SystemCallException("hear of changes of addresses", errno);
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Answer {

        final List<NetlinkMessage> messages = new ArrayList<>();
        private final NetlinkRequest request;
        private final int sequence;
        boolean complete;
        boolean interrupted;
        int errno;

        Answer(NetlinkRequest request, int sequence) {
            this.request = request;
            this.sequence = sequence;
        }

        void add(NetlinkMessage message) {
            if (message.sequence() != sequence) {
                return;
            }
            interrupted |= (message.flags() & NLM_F_DUMP_INTERRUPTED) != 0;
            if (message.type() == NLMSG_ERROR || message.type() == NLMSG_DONE) {
                complete = true;
                errno = Math.max(0, -message.word(0));
            } else {
                messages.add(message);
                // One answer without a request for an acknowledgement ends by itself.
                complete = (message.flags() & NLM_F_MULTI) == 0 && !request.acknowledged();
            }
        }
    }
}
