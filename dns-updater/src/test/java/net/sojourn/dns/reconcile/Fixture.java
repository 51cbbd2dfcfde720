package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.key.TsigKey;
import net.sojourn.dns.query.Randomness;

/** One name, one server, virtual time, no jitter. */
final class Fixture {

    static final NameMemory NEW = new NameMemory("us", 0, Set.of(), Set.of());

    final VirtualTime time = new VirtualTime();
    final FakeNameServer server = new FakeNameServer(time);
    final ZoneLanes lanes = new ZoneLanes();
    final List<UpdateEvent> events = new ArrayList<>();
    final NameReconciler name;

    Fixture() {
        this(NEW);
    }

    Fixture(NameMemory memory) {
        name = another("laptop.mob.test", memory);
    }

    NameReconciler another(String host, NameMemory memory) {
        NameSettings settings =
                NameSettings.builder(host, Path.of("unused.key")).build();
        NameTarget target = NameTarget.of(settings, TsigKey.of("k", "hmac-sha256", new byte[] {1}));
        return new NameReconciler(
                target,
                memory,
                timing(),
                server.seenBy(target.host(), target.guardName()),
                time,
                steady(),
                lanes,
                new NameReconciler.Surroundings() {
                    @Override
                    public void happened(UpdateEvent event) {
                        events.add(event);
                    }

                    @Override
                    public void memoryChanged() {
                        // Nothing is kept between runs here.
                    }
                });
    }

    <E extends UpdateEvent> List<E> events(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    Set<InetAddress> atServer() {
        return server.addresses.values().stream().findFirst().orElse(Set.of());
    }

    static UpdateTiming timing() {
        UpdateTiming defaults = UpdateTiming.defaults();
        return new UpdateTiming(
                defaults.firstRetry(),
                defaults.maxRetry(),
                defaults.slowRetry(),
                Duration.ofSeconds(60),
                0,
                defaults.damping(),
                defaults.quiet(),
                defaults.overtake(),
                defaults.verifyWithin(),
                defaults.check());
    }

    static Randomness steady() {
        return new Randomness() {
            @Override
            public int nextId() {
                return 7;
            }

            @Override
            public double nextUnit() {
                return 0.5;
            }
        };
    }

    static Set<InetAddress> ip(String... texts) {
        Set<InetAddress> addresses = new HashSet<>();
        for (String text : texts) {
            try {
                addresses.add(InetAddress.getByName(text));
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }
        return addresses;
    }
}
