package net.sojourn.tun.netlink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import jnr.ffi.Pointer;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.NetlinkSocket.Heard;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an {@link AddressView} of the namespace of the thread that opened it, and says when anything about links, addresses,
 * routes or rules has changed. News that are already queued are told of at once. When the kernel had to drop news (ENOBUFS),
 * everything is asked for again, so the view is right in the end whatever happens. Any thread; listeners are called on the
 * monitor's own thread and must not block.
 */
public final class AddressMonitor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AddressMonitor.class);
    private static final int GROUPS = RtNetlink.RTMGRP_LINK
            | RtNetlink.RTMGRP_IPV4_IFADDR
            | RtNetlink.RTMGRP_IPV4_ROUTE
            | RtNetlink.RTMGRP_IPV4_RULE
            | RtNetlink.RTMGRP_IPV6_IFADDR
            | RtNetlink.RTMGRP_IPV6_ROUTE
            | RtNetlink.RTMGRP_IPV6_RULE;
    private static final int POLLFD_BYTES = 8;
    /** Of one batch: a storm must not keep the listeners waiting for ever. */
    private static final int MAX_DATAGRAMS = 256;

    private final NetlinkSocket news;
    private final NetlinkSocket questions;
    private final EventSignal stop;
    private final Pointer pollFds = Libc.allocate(2 * POLLFD_BYTES);
    private final Map<Integer, Link> links = new LinkedHashMap<>();
    private final Map<Key, LinkAddress> addresses = new LinkedHashMap<>();
    private final List<Consumer<AddressView>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::watch, "sojourn-addresses");
    private volatile AddressView view = new AddressView(Map.of(), List.of());
    private volatile long overruns;
    private volatile boolean closed;

    /** The kernel lets a device have an IPv4 address twice, in prefixes of different length. */
    private record Key(int linkIndex, IpAddress address, int prefixBits) {

        static Key of(LinkAddress address) {
            return new Key(address.linkIndex(), address.address(), address.prefixBits());
        }
    }

    private AddressMonitor(NetlinkSocket news, NetlinkSocket questions, EventSignal stop) {
        this.news = news;
        this.questions = questions;
        this.stop = stop;
    }

    /** Watches from now on; {@link #view} is complete when this returns. */
    public static AddressMonitor open() throws IOException {
        return open(0);
    }

    /** @param receiveBufferBytes of the socket that hears the news, or 0 for the kernel's default */
    static AddressMonitor open(int receiveBufferBytes) throws IOException {
        // The order matters: what changes while we ask is heard afterwards.
        NetlinkSocket news = NetlinkSocket.open(GROUPS);
        NetlinkSocket questions = null;
        EventSignal stop = null;
        try {
            if (receiveBufferBytes > 0) {
                news.receiveBufferBytes(receiveBufferBytes);
            }
            questions = NetlinkSocket.open(0);
            stop = new EventSignal();
            AddressMonitor monitor = new AddressMonitor(news, questions, stop);
            monitor.askForAll();
            monitor.thread.setDaemon(true);
            monitor.thread.start();
            return monitor;
        } catch (IOException | RuntimeException e) {
            news.close();
            if (questions != null) {
                questions.close();
            }
            if (stop != null) {
                stop.close();
            }
            throw e;
        }
    }

    /** What is known now. */
    public AddressView view() {
        return view;
    }

    /** Has {@code listener} called after every change from now on. */
    public void listen(Consumer<AddressView> listener) {
        listeners.add(listener);
    }

    /** Calls {@code listener} no more, but for a call that is under way. */
    public void forget(Consumer<AddressView> listener) {
        listeners.remove(listener);
    }

    /** How often news were lost and everything was asked for again. */
    public long overruns() {
        return overruns;
    }

    private void watch() {
        pollFds.putInt(0, news.number());
        pollFds.putShort(4, Libc.POLLIN);
        pollFds.putInt(POLLFD_BYTES, stop.number());
        pollFds.putShort(POLLFD_BYTES + 4, Libc.POLLIN);
        try {
            while (!closed) {
                int ready = Libc.C.ppoll(pollFds.address(), 2, 0, 0);
                if (ready < 0 && !Errno.EINTR.is(Libc.errno())) {
                    throw SystemCallException.lastOf("wait for changes of addresses");
                }
                if (!closed && ready > 0) {
                    follow();
                }
            }
        } catch (SystemCallException e) {
            LOG.error("addresses=unwatched error=\"{}\"", e.getMessage());
        } finally {
            news.close();
            questions.close();
            stop.close();
        }
    }

    private void follow() throws SystemCallException {
        List<NetlinkMessage> messages = new ArrayList<>();
        Heard heard = Heard.SOME;
        for (int i = 0; i < MAX_DATAGRAMS && heard == Heard.SOME; i++) {
            heard = news.hear(messages);
        }
        boolean lost = heard == Heard.OVERRUN;
        // After an overrun the kernel drops further news, without another word, until the queue has been emptied.
        while (heard != Heard.NOTHING && lost) {
            heard = news.hear(messages);
        }
        if (lost) {
            overruns++;
            LOG.warn("addresses=overrun action=\"asking for all again\"");
            askForAll();
        } else {
            messages.forEach(this::take);
            view = new AddressView(links, List.copyOf(addresses.values()));
        }
        if (lost || !messages.isEmpty()) {
            tell();
        }
    }

    private void tell() {
        for (Consumer<AddressView> listener : listeners) {
            try {
                listener.accept(view);
            } catch (RuntimeException e) {
                LOG.error("addresses=listener-failed", e);
            }
        }
    }

    private void askForAll() throws SystemCallException {
        links.clear();
        addresses.clear();
        questions.ask(HostNetwork.linksRequest()).forEach(this::take);
        questions.ask(HostNetwork.addressesRequest()).forEach(this::take);
        view = new AddressView(links, List.copyOf(addresses.values()));
    }

    private void take(NetlinkMessage message) {
        switch (message.type()) {
            case RtNetlink.RTM_NEWLINK -> Link.of(message).ifPresent(link -> links.put(link.index(), link));
            case RtNetlink.RTM_DELLINK -> Link.of(message).ifPresent(link -> forgetLink(link.index()));
            case RtNetlink.RTM_NEWADDR ->
                LinkAddress.of(message).ifPresent(address -> addresses.put(Key.of(address), address));
            case RtNetlink.RTM_DELADDR ->
                LinkAddress.of(message).ifPresent(address -> addresses.remove(Key.of(address)));
            default -> {
                // Routes and rules are not kept: the kernel is asked for the way when one is needed.
            }
        }
    }

    private void forgetLink(int index) {
        links.remove(index);
        addresses.keySet().removeIf(key -> key.linkIndex == index);
    }

    /** Stops; no listener is called after it returns, unless a listener calls this itself. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stop.raise();
        if (Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
