package net.sojourn.testbed.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.NameUpdater;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.UpdaterSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** SIG(0)-signed updates (RFC 2931) with keys of dnssec-keygen against a real BIND 9.20 in a folder of its own. Needs root. */
final class Bind920IT {

    private static BindServer bind;

    @TempDir
    Path temporary;

    @BeforeAll
    static void start() throws Exception {
        bind = BindServer.start(BindSettings.of("mob.test", FreePort.onLoopback())
                .inRoot(Bind920.folder())
                .tsigHost("laptop-key", "laptop")
                .sig0Host("p256", "ECDSAP256SHA256")
                .sig0Host("p384", "ECDSAP384SHA384")
                .sig0Host("ed25519", "ED25519")
                .sig0Host("rsa", "RSASHA256"));
    }

    @AfterAll
    static void stop() {
        bind.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"p256", "p384", "ed25519", "rsa"})
    void sig0UpdateIsVerified(String label) throws Exception {
        String host = label + ".mob.test";
        CapturingTransport transport = new CapturingTransport();
        Observed observed = new Observed();
        try (NameUpdater updater = updater(host, bind.sig0KeyFile(label), observed, transport)) {
            updater.addressesChanged(host, addresses("192.0.2.10", "2001:db8::10"));
            assertFalse(observed.next(UpdateEvent.Acknowledged.class).believed(), "BIND does not sign its answer");
            observed.next(UpdateEvent.Verified.class);
            updater.addressesChanged(host, addresses("192.0.2.11", "2001:db8::11"));
            observed.next(UpdateEvent.Verified.class);
            assertEquals(2, transport.updates().size());
            // Sent again, the first one changes nothing.
            int rcode = Dig.send(bind.address(), transport.updates().get(0)).getRcode();
            assertTrue(rcode == Rcode.YXRRSET || rcode == Rcode.NXRRSET, Rcode.string(rcode));
            assertEquals(Set.of("192.0.2.11"), Dig.data(bind.address(), host, Type.A));
            assertEquals(Set.of("2001:db8:0:0:0:0:0:11"), Dig.data(bind.address(), host, Type.AAAA));
            assertEquals(0, Dig.records(bind.address(), host, Type.A).get(0).getTTL());
        }
    }

    @Test
    void sig0KeyOfAnotherHostIsRefused() throws Exception {
        Observed observed = new Observed();
        try (NameUpdater updater =
                updater("laptop.mob.test", bind.sig0KeyFile("p256"), observed, new CapturingTransport())) {
            updater.addressesChanged("laptop.mob.test", addresses("192.0.2.66"));
            String why = observed.next(UpdateEvent.Failed.class).why();
            assertTrue(why.contains("refuses to let p256.mob.test change laptop.mob.test"), why);
            assertEquals(State.ERROR, updater.status().get(0).state());
        }
    }

    /** The same server takes TSIG too. */
    @Test
    void tsigUpdateIsBelieved() throws Exception {
        Observed observed = new Observed();
        try (NameUpdater updater =
                updater("laptop.mob.test", bind.tsigKeyFile("laptop-key"), observed, new CapturingTransport())) {
            updater.addressesChanged("laptop.mob.test", addresses("192.0.2.12"));
            assertTrue(observed.next(UpdateEvent.Acknowledged.class).believed());
            observed.next(UpdateEvent.Verified.class);
        }
    }

    private NameUpdater updater(String host, Path key, Observed observed, CapturingTransport transport)
            throws Exception {
        NameSettings name =
                NameSettings.builder(host, key).servers(List.of(bind.address())).build();
        UpdaterSettings settings =
                new UpdaterSettings(List.of(name), List.of(), temporary.resolve("state"), UpdateTiming.defaults());
        return NameUpdater.start(settings, observed, transport, Clock.systemUTC());
    }

    private static Set<InetAddress> addresses(String... texts) throws Exception {
        return SignedUpdateCases.addresses(texts);
    }
}
