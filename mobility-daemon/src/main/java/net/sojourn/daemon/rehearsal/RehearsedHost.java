package net.sojourn.daemon.rehearsal;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.InterfaceView;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.LinkKind;

/** A host that has one address or none, as the rehearsal says. The real one is asked the same questions, for practice. */
final class RehearsedHost implements HostAddresses {

    private static final InterfaceView INTERFACE = new InterfaceView("rehearsal", LinkKind.OTHER, false, 0, false);

    private final HostAddresses real;
    private volatile Optional<IpAddress> address = Optional.empty();
    private volatile Runnable changed = () -> {};

    /** @param real is only asked */
    RehearsedHost(HostAddresses real) {
        this.real = real;
    }

    /** It has this address and no other from now on. */
    void goesTo(IpAddress place) {
        address = Optional.of(place);
        changed.run();
    }

    /** It has no address any more. */
    void loses() {
        address = Optional.empty();
        changed.run();
    }

    @Override
    public Map<IpAddress, InterfaceView> usable() throws IOException {
        real.usable();
        return address.map(here -> Map.of(here, INTERFACE)).orElse(Map.of());
    }

    @Override
    public Optional<IpAddress> sourceFor(IpAddress peer) throws IOException {
        real.sourceFor(peer);
        return address.filter(here -> here.isIpv4() == peer.isIpv4());
    }

    @Override
    public boolean leads(IpAddress source, IpAddress peer) throws IOException {
        real.leads(source, peer);
        return address.equals(Optional.of(source));
    }

    @Override
    public void listen(Runnable listener) {
        changed = listener;
    }

    @Override
    public void close() {
        changed = () -> {};
    }
}
