package net.sojourn.daemon.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import net.sojourn.stack.IpAddress;
import org.tomlj.TomlArray;

/** What may stand behind a key, and what it becomes. Immutable. */
final class ValueType<T> {

    private static final int DNS_PORT = 53;

    private final String words;
    private final Function<Object, T> read;

    private ValueType(String words, Function<Object, T> read) {
        this.words = words;
        this.read = read;
    }

    static final ValueType<String> TEXT = new ValueType<>("text", value -> {
        String text = string(value, "text in quotes");
        return require(!text.isBlank(), text, "is empty; give a value or remove the key");
    });
    static final ValueType<Boolean> BOOLEAN = new ValueType<>("true or false", value -> {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw unexpected(value, "true or false, without quotes");
    });
    static final ValueType<Path> PATH = new ValueType<>("path", value -> {
        Path path = Path.of(TEXT.read(value));
        return require(path.isAbsolute(), path, "is not absolute; begin it with /");
    });
    static final ValueType<IpAddress> ADDRESS =
            new ValueType<>("IP address", value -> parsed(value, "192.0.2.1 or 2001:db8::1", IpAddress::parse));
    static final ValueType<Prefix> PREFIX =
            new ValueType<>("address block", value -> parsed(value, "10.0.0.0/8 or 2001:db8::/32", Prefix::parse));
    static final ValueType<InetSocketAddress> ENDPOINT = new ValueType<>(
            "address:port", value -> parsed(value, "127.0.0.1:8080 or [::1]:8080", ValueType::endpoint));

    /** An address, and a port where it is not 53. */
    static final ValueType<InetSocketAddress> NAME_SERVER = new ValueType<>(
            "address or address:port",
            value -> parsed(value, "192.0.2.53, 192.0.2.53:5300 or [2001:db8::53]:5300", ValueType::nameServer));

    static final ValueType<Place> PLACE =
            new ValueType<>("interface or address", value -> Place.parse(TEXT.read(value)));

    static ValueType<Integer> integer(int least, int greatest) {
        return new ValueType<>(least + " to " + greatest, value -> {
            if (!(value instanceof Long number)) {
                throw unexpected(value, "a whole number without quotes");
            }
            require(
                    number >= least && number <= greatest,
                    number,
                    "is out of range; choose " + least + " to " + greatest);
            return number.intValue();
        });
    }

    static ValueType<String> oneOf(String... choices) {
        List<String> list = List.of(choices);
        return new ValueType<>(String.join(" | ", list), value -> {
            String text = string(value, "one of " + String.join(", ", list));
            return require(list.contains(text), text, "is unknown; choose one of " + String.join(", ", list));
        });
    }

    static <E> ValueType<List<E>> listOf(ValueType<E> element) {
        return new ValueType<>("list of " + element.words, value -> {
            if (!(value instanceof TomlArray array)) {
                throw unexpected(value, "a list in brackets");
            }
            List<E> elements = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                elements.add(element.read(array.get(i)));
            }
            return List.copyOf(elements);
        });
    }

    /** @throws IllegalArgumentException saying what is wrong and what to do */
    T read(Object toml) {
        return read.apply(toml);
    }

    /** For people. */
    String words() {
        return words;
    }

    private static InetSocketAddress endpoint(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.isEmpty() || (host.contains(":") && !bracketed)) {
            throw new IllegalArgumentException(text);
        }
        IpAddress address = IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
        return new InetSocketAddress(address.toInetAddress(), Integer.parseInt(text.substring(colon + 1)));
    }

    private static InetSocketAddress nameServer(String text) {
        boolean bare = text.indexOf(':') < 0 || (text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("["));
        return bare ? new InetSocketAddress(IpAddress.parse(text).toInetAddress(), DNS_PORT) : endpoint(text);
    }

    private static <T> T parsed(Object value, String example, Function<String, T> parse) {
        String text = string(value, "text such as \"" + example + "\"");
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not understood; write it as " + example, e);
        }
    }

    private static String string(Object value, String expected) {
        if (value instanceof String text) {
            return text;
        }
        throw unexpected(value, expected);
    }

    private static IllegalArgumentException unexpected(Object value, String expected) {
        String found =
                value instanceof TomlArray ? "a list" : value instanceof org.tomlj.TomlTable ? "a table" : "" + value;
        return new IllegalArgumentException(found + " is of the wrong type; give " + expected);
    }

    private static <T> T require(boolean holds, T value, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(
                    (value instanceof Number ? value : "\"" + value + "\"") + " " + otherwise);
        }
        return value;
    }
}
