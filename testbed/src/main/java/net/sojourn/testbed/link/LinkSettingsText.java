package net.sojourn.testbed.link;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The text form of {@link LinkSettings}, for command lines and the control channel of a {@link LinkProcess}. */
final class LinkSettingsText {

    private static final String UNLIMITED = "unlimited";

    private LinkSettingsText() {}

    static LinkSettings parse(String text) {
        LinkSettings settings = LinkSettings.UNLIMITED;
        if (text.equals(UNLIMITED)) {
            return settings;
        }
        long queueBytes = 0;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            try {
                if (key.equals("queue")) {
                    queueBytes = Long.parseLong(value);
                } else {
                    settings = set(settings, key, value);
                }
            } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "link settings: cannot read \"" + part + "\" (as in delay=10ms,rate=100mbit,loss=1%): "
                                + e.getMessage(),
                        e);
            }
        }
        // Last, because the rate brings its own default.
        return queueBytes == 0 ? settings : settings.withQueueBytes(queueBytes);
    }

    private static LinkSettings set(LinkSettings settings, String key, String value) {
        switch (key) {
            case "rate":
                return settings.withRate(bitsPerSecond(value));
            case "delay":
                return settings.withDelay(duration(value));
            case "jitter":
                return settings.withJitter(duration(value));
            case "loss":
                return settings.withLoss(share(value));
            case "burst": {
                String[] p = value.split("/", -1);
                return settings.withBurstLoss(new GilbertElliott(share(p[0]), share(p[1]), share(p[2]), share(p[3])));
            }
            case "reorder": {
                String[] p = value.split("/", -1);
                return settings.withReordering(share(p[0]), duration(p[1]));
            }
            case "duplicate":
                return settings.withDuplication(share(value));
            case "corrupt":
                return settings.withCorruption(share(value));
            case "mtu":
                return settings.withMtuBytes(Integer.parseInt(value));
            default:
                throw new IllegalArgumentException("unknown key " + key);
        }
    }

    static String format(LinkSettings s) {
        LinkSettings plain = LinkSettings.UNLIMITED;
        List<String> parts = new ArrayList<>();
        if (s.rateBitsPerSecond() != 0) {
            parts.add("rate=" + s.rateBitsPerSecond() + "bit");
        }
        if (s.queueBytes() != plain.queueBytes()) {
            parts.add("queue=" + s.queueBytes());
        }
        if (s.delayNanos() != 0) {
            parts.add("delay=" + s.delayNanos() + "ns");
        }
        if (s.jitterNanos() != 0) {
            parts.add("jitter=" + s.jitterNanos() + "ns");
        }
        if (s.lossProbability() != 0) {
            parts.add("loss=" + s.lossProbability());
        }
        if (!s.burstLoss().equals(GilbertElliott.OFF)) {
            GilbertElliott b = s.burstLoss();
            parts.add("burst=" + b.goodToBad() + "/" + b.badToGood() + "/" + b.lossInGood() + "/" + b.lossInBad());
        }
        if (s.reorderProbability() != 0 || s.reorderNanos() != 0) {
            parts.add("reorder=" + s.reorderProbability() + "/" + s.reorderNanos() + "ns");
        }
        if (s.duplicateProbability() != 0) {
            parts.add("duplicate=" + s.duplicateProbability());
        }
        if (s.corruptProbability() != 0) {
            parts.add("corrupt=" + s.corruptProbability());
        }
        if (s.mtuBytes() != plain.mtuBytes()) {
            parts.add("mtu=" + s.mtuBytes());
        }
        return parts.isEmpty() ? UNLIMITED : String.join(",", parts);
    }

    private static long bitsPerSecond(String text) {
        String unit = unit(text);
        long factor =
                switch (unit) {
                    case "bit" -> 1L;
                    case "kbit" -> 1_000L;
                    case "mbit" -> 1_000_000L;
                    case "gbit" -> 1_000_000_000L;
                    default -> throw new IllegalArgumentException("a rate ends in bit, kbit, mbit or gbit");
                };
        return scaled(text, unit, factor);
    }

    private static Duration duration(String text) {
        String unit = unit(text);
        long nanos =
                switch (unit) {
                    case "ns" -> 1L;
                    case "us" -> 1_000L;
                    case "ms" -> 1_000_000L;
                    case "s" -> 1_000_000_000L;
                    default -> throw new IllegalArgumentException("a time ends in ns, us, ms or s");
                };
        return Duration.ofNanos(scaled(text, unit, nanos));
    }

    private static double share(String text) {
        return text.endsWith("%")
                ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
                : Double.parseDouble(text);
    }

    private static String unit(String text) {
        int end = text.length();
        while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(end).toLowerCase(Locale.ROOT);
    }

    private static long scaled(String text, String unit, long factor) {
        return new BigDecimal(text.substring(0, text.length() - unit.length()))
                .multiply(BigDecimal.valueOf(factor))
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
