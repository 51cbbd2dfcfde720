package net.sojourn.testbed.moves;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.time.Duration;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.link.Middlebox;
import net.sojourn.testbed.middlebox.PortTranslator;
import net.sojourn.testbed.moves.ConntrackIT.Form;
import net.sojourn.testbed.moves.RoamingBed.Ends;
import net.sojourn.testbed.moves.RoamingBed.Guard;
import net.sojourn.testbed.moves.RoamingBed.Place;
import net.sojourn.testbed.moves.RoamingBed.Plan;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Moves of a laptop behind routers that masquerade and drop what conntrack calls invalid: old path, new path, both. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class MasqueradeIT {

    @ParameterizedTest
    @CsvSource({
        "M2_EARLY, MASQUERADE, MASQUERADE, true",
        "M2_EARLY, MASQUERADE, NONE, false",
        "M2_EARLY, FIREWALL, MASQUERADE, true",
        "M2_PLAIN, MASQUERADE, MASQUERADE, false",
        "M2_PLAIN, NONE, MASQUERADE, true",
        "CLASSIC, MASQUERADE, MASQUERADE, true"
    })
    void laptopMoves(Form form, Guard first, Guard second, boolean breakFirst) throws IOException {
        Plan plan = Plan.of(Guard.NONE, form.link, form.settings).guards(first, second);
        try (RoamingBed bed = new RoamingBed(plan);
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(form.flightBytes);
            ConntrackIT.laptopMoves(bed, breakFirst);
            streams.awaitProgress();
            streams.finish();
            if (second == Guard.MASQUERADE) {
                assertNotEquals(
                        Place.SECOND.address,
                        bed.server().tuple().peerAddress(),
                        "the server sees the router's address");
                if (form != Form.CLASSIC) {
                    assertEquals(0, bed.invalid(Place.SECOND));
                }
            }
        }
    }

    /** A translator that has forgotten the flow gives it another port: what comes from there is refused, and then asked. */
    @ParameterizedTest
    @EnumSource(names = {"M2_EARLY", "M2_PLAIN"})
    void translatorForgetsTheConnection(Form form) throws IOException {
        PortTranslator translator = new PortTranslator();
        LinkSettings link = LinkSettings.parse("delay=10ms,rate=50mbit");
        Plan plan = Plan.of(Guard.NONE, link, form.settings).boxes(translator, Middlebox.NONE);
        try (RoamingBed bed = new RoamingBed(plan);
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(1);
            int port = bed.server().tuple().peerPort();
            translator.forget();
            streams.awaitProgress(Duration.ofSeconds(20));
            streams.finish();
            assertNotEquals(port, bed.server().tuple().peerPort());
        }
    }
}
