package net.sojourn.testbed.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkSettingsTest {

    @Test
    void parsesEveryKey() {
        LinkSettings settings = LinkSettings.parse("rate=1.5mbit,queue=9000,delay=10ms,jitter=250us,loss=1%,"
                + "burst=0.1/0.5/0/1,reorder=2%/5ms,duplicate=0.5%,corrupt=0.001,mtu=1400");
        assertEquals(
                LinkSettings.delay(Duration.ofMillis(10))
                        .withRate(1_500_000)
                        .withQueueBytes(9000)
                        .withJitter(Duration.ofNanos(250_000))
                        .withLoss(0.01)
                        .withBurstLoss(new GilbertElliott(0.1, 0.5, 0, 1))
                        .withReordering(0.02, Duration.ofMillis(5))
                        .withDuplication(0.005)
                        .withCorruption(0.001)
                        .withMtuBytes(1400),
                settings);
        assertEquals(settings, LinkSettings.parse(settings.toString()));
    }

    @Test
    void queueMayStandBeforeTheRate() {
        assertEquals(9000, LinkSettings.parse("queue=9000,rate=1gbit").queueBytes());
        assertEquals(625_000, LinkSettings.parse("rate=100mbit").queueBytes(), "50 ms of the rate");
    }

    @Test
    void unlimitedHasItsOwnWord() {
        assertEquals("unlimited", LinkSettings.UNLIMITED.toString());
        assertTrue(LinkSettings.parse("unlimited").isUnlimited());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "delay",
                "delay=10",
                "delay=x ms",
                "rate=1mb",
                "loss=101%",
                "burst=1/1",
                "reorder=1%",
                "mtu=20",
                "speed=1mbit",
                "delay=1ms,jitter=2ms",
                "loss=NaN"
            })
    void refusesWhatItDoesNotUnderstand(String text) {
        assertThrows(IllegalArgumentException.class, () -> LinkSettings.parse(text));
    }
}
