package net.sojourn.stack;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.loop.SecureRandomSource;
import net.sojourn.stack.loop.StackLoop;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import org.jspecify.annotations.Nullable;

/**
 * A TCP/IP stack on a {@link PacketPort}, with a thread of its own. Any thread may call.
 *
 * <pre>{@code
 * try (NetworkStack stack = NetworkStack.builder(port).address(IpAddress.parse("10.0.0.2")).start();
 *         TcpConnection connection = stack.connect(new InetSocketAddress("10.0.0.1", 80), 5000)) { ... }
 * }</pre>
 */
public final class NetworkStack implements Closeable {

    private static final String NOT_OURS = "Cannot assign requested address";
    private static final String IN_USE = "Address already in use";
    private static final int MOST_FROZEN_BYTES = 1 << 30;

    private final PacketPort port;
    private final StackSettings settings;
    private final TcpIpMachine machine;
    private final StackLoop loop;
    private final Function<IpAddress, Optional<IpAddress>> sourceSelection;

    private final List<TcpConnection> thawed = new ArrayList<>();

    private NetworkStack(Builder builder) throws FrozenStateException {
        port = builder.port;
        settings = builder.settings;
        sourceSelection = builder.sourceSelection;
        machine = new TcpIpMachine(settings, port, builder.allocator, builder.random);
        builder.extensions.forEach(machine::extend);
        machine.localAddresses().replaceBy(builder.addresses);
        loop = new StackLoop(builder.name, machine, port, settings.busyPoll());
        if (builder.frozen.length > 0) {
            thaw(builder);
        }
        loop.start();
    }

    private void thaw(Builder builder) throws FrozenStateException {
        long downNanos = Math.max(0, builder.down.toNanos());
        for (Tcb tcb : machine.thaw(new StateReader(builder.frozen), downNanos, StackLoop.nowNanos())) {
            // One that its application has closed needs nobody.
            if (!tcb.isApplicationClosed() && tcb.state() != TcpState.CLOSED && tcb.state() != TcpState.TIME_WAIT) {
                thawed.add(TcpConnection.thawed(this, tcb, settings));
            }
        }
    }

    /** The stack takes ownership of {@code port} when it starts. */
    public static Builder builder(PacketPort port) {
        return new Builder(port);
    }

    /** What a stack is made of. */
    public static final class Builder {

        private final PacketPort port;
        private final Set<IpAddress> addresses = new LinkedHashSet<>();
        private final List<TcpExtension> extensions = new ArrayList<>();
        private StackSettings settings = StackSettings.defaults();
        private RandomSource random = new SecureRandomSource();
        private ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
        private Function<IpAddress, Optional<IpAddress>> sourceSelection = destination -> Optional.empty();
        private String name = "sojourn-stack";
        private byte[] frozen = {};
        private Duration down = Duration.ZERO;

        private Builder(PacketPort port) {
            this.port = port;
        }

        public Builder settings(StackSettings value) {
            settings = value;
            return this;
        }

        /** Adds an address that is ours. */
        public Builder address(IpAddress address) {
            addresses.add(address);
            return this;
        }

        public Builder extension(TcpExtension extension) {
            extensions.add(extension);
            return this;
        }

        public Builder random(RandomSource value) {
            random = value;
            return this;
        }

        /** Who knows the routes: the source address for a destination. Without an answer the longest prefix decides. */
        public Builder sourceSelection(Function<IpAddress, Optional<IpAddress>> value) {
            sourceSelection = value;
            return this;
        }

        /** Where the stack's buffers come from; Netty's default pool unless told otherwise. */
        public Builder allocator(ByteBufAllocator value) {
            allocator = value;
            return this;
        }

        /** Of the loop's thread. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        public NetworkStack start() {
            try {
                return new NetworkStack(this);
            } catch (FrozenStateException e) {
                throw new IllegalStateException("nothing was to be restored", e);
            }
        }

        /**
         * As {@link #start}, and goes on with the connections of a stack that was frozen: {@link NetworkStack#thawed} has
         * them, by the ids they had. Extensions and addresses ought to be those of the former stack.
         *
         * @param state what {@link NetworkStack#freeze} gave; not needed any more afterwards, and the caller's to wipe
         * @param down how long ago that was, by the best clock there is; below zero counts as zero
         * @throws FrozenStateException if anything is wrong with {@code state}. Nothing has started then, the port is still
         *     the caller's, and no peer has heard anything.
         */
        public NetworkStack startFrom(byte[] state, Duration down) throws FrozenStateException {
            frozen = state;
            this.down = down;
            try {
                return new NetworkStack(this);
            } finally {
                frozen = new byte[0];
            }
        }
    }

    StackLoop loop() {
        return loop;
    }

    TcpIpMachine machine() {
        return machine;
    }

    public StackSettings settings() {
        return settings;
    }

    // ---- connections

    /** {@link #connect(InetSocketAddress, InetSocketAddress, int)} from any address and port. */
    public TcpConnection connect(InetSocketAddress remote, int timeoutMillis) throws IOException {
        return connect(remote, null, timeoutMillis);
    }

    /**
     * Opens a connection and waits until it is established.
     *
     * @param local null, or the address and port to use; port 0 chooses one
     * @param timeoutMillis 0 waits as long as the stack tries
     * @throws java.net.SocketTimeoutException after that time
     * @throws ConnectException refused, or given up
     * @throws BindException {@code local} is not ours or in use
     */
    public TcpConnection connect(InetSocketAddress remote, @Nullable InetSocketAddress local, int timeoutMillis)
            throws IOException {
        TcpConnection connection = open(remote, local, opened -> {});
        connection.awaitEstablished(timeoutMillis);
        return connection;
    }

    /**
     * As {@link #connect(InetSocketAddress, InetSocketAddress, int)}, with the first text of the connection: where {@link
     * StackSettings#fastOpenConnect} is on and the server allows it, that goes with the SYN and saves a round trip (RFC
     * 7413). It may reach the server's application twice then, so it should be a request that does no harm twice.
     *
     * @param firstText all of it is sent, waiting for room as {@link TcpConnection#write} does
     */
    public TcpConnection connect(
            InetSocketAddress remote, @Nullable InetSocketAddress local, int timeoutMillis, ByteBuffer firstText)
            throws IOException {
        TcpConnection connection = open(remote, local, opened -> opened.firstText(firstText));
        connection.awaitEstablished(timeoutMillis);
        if (firstText.hasRemaining()) {
            byte[] rest = new byte[firstText.remaining()];
            firstText.get(rest);
            connection.write(rest, 0, rest.length);
        }
        return connection;
    }

    /**
     * Begins to open a connection, without waiting for the peer: {@link TcpConnection#awaitEstablished} or {@link
     * ConnectionEvents#established} tells the rest.
     *
     * @param local null, or the address and port to use; port 0 chooses one
     * @param prepare called with the connection on the loop, before the SYN goes out
     * @throws SocketException no address of ours reaches {@code remote}
     * @throws BindException {@code local} is not ours or in use
     */
    public TcpConnection open(
            InetSocketAddress remote, @Nullable InetSocketAddress local, Consumer<TcpConnection> prepare)
            throws IOException {
        InetAddress remoteAddress = remote.getAddress();
        if (remoteAddress == null) {
            throw new UnknownHostException(remote.getHostString());
        }
        IpAddress peer = IpAddress.of(remoteAddress);
        IpAddress bound =
                local == null || local.getAddress() == null ? IpAddress.IPV4_ANY : IpAddress.of(local.getAddress());
        Optional<IpAddress> chosen = bound.isUnspecified() ? sourceSelection.apply(peer) : Optional.of(bound);
        int localPort = local == null ? 0 : local.getPort();
        return onLoop(now -> open(peer, remote.getPort(), chosen, localPort, prepare, now));
    }

    private TcpConnection open(
            IpAddress peer,
            int peerPort,
            Optional<IpAddress> source,
            int localPort,
            Consumer<TcpConnection> prepare,
            long now)
            throws IOException {
        IpAddress address = source.orElse(machine.localAddresses().sourceFor(peer));
        if (address == null) {
            throw TcpConnection.connectFailure(ConnectionFailure.NETWORK_UNREACHABLE);
        }
        if (!machine.localAddresses().contains(address)) {
            throw new BindException(NOT_OURS);
        }
        int port = localPort != 0 ? localPort : machine.tcp().ephemeralPort(address, peer, peerPort);
        if (port < 0) {
            throw new BindException(NOT_OURS + ": no free local port");
        }
        FourTuple tuple = new FourTuple(address, port, peer, peerPort);
        TcpConnection[] opened = new TcpConnection[1];
        try {
            machine.tcp()
                    .open(
                            tuple,
                            tcb -> {
                                opened[0] = new TcpConnection(this, tcb, settings, false);
                                opened[0].prepare(prepare);
                                return opened[0].application();
                            },
                            now);
        } catch (IllegalStateException e) {
            throw new BindException(IN_USE);
        }
        return opened[0];
    }

    /**
     * Holds a local address and port for {@code owner} until {@link #unbind}, as a socket does between its bind and its
     * close.
     *
     * @param address null for every address
     * @param port 0 chooses one
     * @param reuse SO_REUSEADDR: connections in TIME-WAIT, and others who say the same, do not stand in the way
     * @return the port
     * @throws BindException not ours, or in use
     */
    public int bind(Object owner, @Nullable InetAddress address, int port, boolean reuse) throws IOException {
        IpAddress bound = specific(address);
        return onLoop(now -> {
            if (bound != null && !machine.localAddresses().contains(bound)) {
                throw new BindException(NOT_OURS);
            }
            int chosen = machine.tcp().boundPorts().bind(owner, bound, port, reuse);
            if (chosen < 0) {
                throw new BindException(IN_USE);
            }
            return chosen;
        });
    }

    /** Gives back what {@link #bind} holds for {@code owner}. */
    public void unbind(Object owner) {
        try {
            loop.execute(now -> machine.tcp().boundPorts().release(owner));
        } catch (RejectedExecutionException e) {
            // The stack has closed and its ports with it.
        }
    }

    private static @Nullable IpAddress specific(@Nullable InetAddress address) {
        return address == null || address.isAnyLocalAddress() ? null : IpAddress.of(address);
    }

    /**
     * Listens on a port.
     *
     * @param address null for every address, now and later
     * @param port 0 chooses one
     * @param backlog connections that may wait to be accepted
     * @throws BindException if the port is taken
     */
    public TcpListener listen(@Nullable InetAddress address, int port, int backlog) throws IOException {
        IpAddress bound = specific(address);
        return onLoop(now -> {
            int chosen = port == 0 ? machine.tcp().unusedPort() : port;
            if (chosen < 0) {
                throw new BindException(IN_USE);
            }
            TcpListener listener = new TcpListener(this, settings, bound, chosen, backlog);
            try {
                machine.tcp().listen(listener.listener());
            } catch (IllegalStateException e) {
                throw new BindException(IN_USE);
            }
            return listener;
        });
    }

    public List<ConnectionInfo> connections() throws IOException {
        return onLoop(now ->
                machine.tcp().connections().stream().map(tcb -> tcb.info(now)).toList());
    }

    /** Timers that run at present; 0 when no connection is left. */
    public int deadlineCount() throws IOException {
        return onLoop(now -> machine.deadlineCount());
    }

    // ---- addresses

    /**
     * These are our addresses from now on. Connections on an address that is gone are not touched: an extension may move
     * them, or the address may come back.
     */
    public void addresses(Set<IpAddress> addresses) throws IOException {
        Set<IpAddress> copy = Set.copyOf(addresses);
        onLoop(now -> {
            machine.localAddresses().replaceBy(copy);
            return copy;
        });
    }

    public Set<IpAddress> addresses() throws IOException {
        return onLoop(now -> machine.localAddresses().all());
    }

    // ---- counters

    /** May be slightly old. */
    public long count(Counter counter) {
        return machine.counters().of(counter);
    }

    /** May be slightly old. */
    public long count(DropReason reason) {
        return machine.counters().of(reason);
    }

    // ---- the loop

    /** Something to do on the loop. */
    @FunctionalInterface
    public interface LoopTask<T> {
        T run(long nowNanos) throws IOException;
    }

    /**
     * Runs {@code task} on the loop and waits for its result: the way to call an extension. On the loop itself it runs at
     * once. The loop never waits for anybody, so an interrupt does not end this.
     */
    public <T> T onLoop(LoopTask<T> task) throws IOException {
        if (loop.isLoopThread()) {
            return task.run(StackLoop.nowNanos());
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            loop.execute(now -> {
                try {
                    result.complete(task.run(now));
                } catch (IOException | RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
            return result.join();
        } catch (RejectedExecutionException e) {
            throw new SocketException("the stack is closed");
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    // ---- another life

    /**
     * The connections that were thawed and are not yet ended, with the ids they had: their applications find theirs by
     * {@link TcpConnection#id} or by both addresses. Without those that their applications had closed before, which end by
     * themselves. A connection that nobody wants should be closed.
     */
    public List<TcpConnection> thawed() {
        return thawed.stream().filter(connection -> !connection.isEnded()).toList();
    }

    /**
     * Stops the loop and keeps the connections: no peer hears of it, and every call on a connection of this stack fails from
     * now on ({@link ConnectionFailure#FROZEN}). What was written is kept, what has arrived and was not read too. What is
     * still being opened or waits in a listener's SYN queue ends. The port is closed. Not on the loop itself.
     *
     * @return for {@link Builder#startFrom}, in this process or another. Whoever has these octets has the connections, keys
     *     included: the caller wipes them when they are no longer needed
     * @throws SocketException if the stack is closed
     */
    public byte[] freeze() throws IOException {
        for (List<TcpConnection> users = users(); !users.isEmpty(); users = users()) {
            users.forEach(TcpConnection::freeze);
        }
        try (StateWriter out = new StateWriter()) {
            loop.stop(now -> {
                // Somebody came in at the last moment and may be writing.
                machine.tcp().connections().stream()
                        .filter(tcb -> isUsed(tcb.application()))
                        .forEach(UserCalls::abort);
                machine.freeze(out, MOST_FROZEN_BYTES, now);
            });
            port.close();
            return out.toBytes();
        }
    }

    /** Applications that do not know yet that they have lost their connection. */
    private List<TcpConnection> users() throws IOException {
        return onLoop(now -> machine.tcp().connections().stream()
                .map(Tcb::application)
                .filter(NetworkStack::isUsed)
                .map(user -> ((TcpConnection.User) user).connection())
                .toList());
    }

    private static boolean isUsed(@Nullable Application application) {
        return application instanceof TcpConnection.User user
                && !user.connection().isFrozen();
    }

    /** Resets every connection, stops the loop, closes the port. */
    @Override
    public void close() {
        loop.stop(now -> machine.tcp().connections().forEach(UserCalls::abort));
        port.close();
    }
}
