package net.sojourn.stack.world;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.tcp.Listener;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;

/** One machine in a {@link World}, and what its applications do. */
public final class WorldHost implements AutoCloseable {

    private final World world;
    private final String name;
    private final StackSettings settings;
    private final int mtuBytes;
    private final Map<Long, WorldApplication> kept = new HashMap<>();
    private TcpIpMachine machine;
    private boolean down;
    private long behindNanos;
    private final SeededRandom random;

    WorldHost(World world, String name, StackSettings settings, int mtuBytes, long seed) {
        this.world = world;
        this.name = name;
        this.settings = settings;
        this.mtuBytes = mtuBytes;
        this.random = new SeededRandom(seed);
        this.machine = new TcpIpMachine(settings, new Port(mtuBytes), World.allocator(), random);
    }

    public String name() {
        return name;
    }

    public TcpIpMachine machine() {
        return machine;
    }

    public SeededRandom random() {
        return random;
    }

    public void extend(TcpExtension extension) {
        machine.extend(extension);
    }

    /** These are its addresses from now on; none leaves it without a network. */
    public void addresses(IpAddress... addresses) {
        machine.localAddresses().replaceBy(new LinkedHashSet<>(Arrays.asList(addresses)));
        world.own(this, List.of(addresses));
    }

    public boolean owns(String address) {
        return machine.localAddresses().all().contains(IpAddress.parse(address));
    }

    public boolean hasAddress() {
        return !machine.localAddresses().all().isEmpty();
    }

    public IpAddress address() {
        return machine.localAddresses().all().iterator().next();
    }

    public WorldApplication connect(IpAddress peer, int port) {
        return connectFrom(machine.tcp().ephemeralPort(address(), peer, port), peer, port);
    }

    /** From one address of several. */
    public WorldApplication connectFrom(IpAddress local, IpAddress peer, int port) {
        WorldApplication application = new WorldApplication(world, this::nowNanos);
        FourTuple tuple = new FourTuple(local, machine.tcp().ephemeralPort(local, peer, port), peer, port);
        machine.tcp().open(tuple, application::on, nowNanos());
        return application;
    }

    public WorldApplication connectFrom(int localPort, IpAddress peer, int port) {
        WorldApplication application = new WorldApplication(world, this::nowNanos);
        machine.tcp().open(new FourTuple(address(), localPort, peer, port), application::on, nowNanos());
        return application;
    }

    /** The next connection to {@code port} gets the returned application; later ones are closed at once. */
    public WorldApplication accept(int port) {
        WorldApplication application = new WorldApplication(world, this::nowNanos);
        machine.tcp().listen(new Listener(null, port, () -> false, tcb -> {
            if (application.isAttached()) {
                WorldApplication other = new WorldApplication(world, this::nowNanos);
                other.on(tcb);
                return other;
            }
            return application.on(tcb);
        }));
        return application;
    }

    public void abort(Tcb tcb) {
        UserCalls.abort(tcb);
    }

    // ---- another life of its stack

    /** Its stack stops and keeps its connections; it hears and says nothing until {@link #thaw}. */
    public byte[] freeze() {
        machine.tcp().connections().forEach(tcb -> {
            if (tcb.application() instanceof WorldApplication application) {
                kept.put(tcb.id(), application);
            }
        });
        down = true;
        try (StateWriter out = new StateWriter()) {
            machine.freeze(out, Integer.MAX_VALUE, nowNanos());
            return out.toBytes();
        }
    }

    /** A new stack goes on with them. */
    public void thaw(byte[] state, long downNanos, TcpExtension... extensions) throws FrozenStateException {
        Set<IpAddress> addresses = machine.localAddresses().all();
        machine = new TcpIpMachine(settings, new Port(mtuBytes), World.allocator(), random);
        List.of(extensions).forEach(machine::extend);
        machine.localAddresses().replaceBy(addresses);
        for (Tcb tcb : machine.thaw(new StateReader(state), downNanos, nowNanos())) {
            WorldApplication application = kept.remove(tcb.id());
            if (application != null && tcb.state() != TcpState.CLOSED) {
                tcb.attach(application.on(tcb));
                application.readable();
                application.writable();
            }
        }
        kept.clear();
        down = false;
        world.after(0, () -> {});
    }

    void arrives(ByteBuf packet) {
        try {
            if (!down) {
                machine.packetArrives(packet, false, 0, nowNanos());
            }
        } finally {
            packet.release();
        }
    }

    /** It sleeps: its clock stands, and nothing reaches it or leaves it. */
    public void sleeps(long forNanos) {
        down = true;
        world.after(forNanos, () -> {
            down = false;
            behindNanos += forNanos;
        });
    }

    /** By its own clock. */
    public long nowNanos() {
        return world.nowNanos() - behindNanos;
    }

    long nextDeadlineNanos() {
        long next = down ? Long.MAX_VALUE : machine.nextDeadlineNanos();
        return next == Long.MAX_VALUE ? next : next + behindNanos;
    }

    public void cycle() {
        if (down) {
            return;
        }
        machine.deadlinesPass(nowNanos());
        machine.flush(nowNanos());
    }

    @Override
    public void close() {
        machine.tcp().connections().forEach(UserCalls::abort);
    }

    private final class Port extends TestPort {

        Port(int mtuBytes) {
            super(mtuBytes);
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
            world.carry(WorldHost.this, packet);
            return true;
        }
    }
}
