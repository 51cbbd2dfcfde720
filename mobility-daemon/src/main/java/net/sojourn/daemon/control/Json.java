package net.sojourn.daemon.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON text (RFC 8259) to and from plain values: {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code
 * Long}, {@code Double}, {@code Boolean}, {@code null}. Any thread. Reading refuses more than {@link #MAX_DEPTH} levels,
 * repeated names, lone control characters and anything behind the value: a request never means two things.
 */
public final class Json {

    /** Levels of nesting that are read. */
    public static final int MAX_DEPTH = 32;

    private static final int MAX_NUMBER_LENGTH = 32;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** The text is not JSON, or not the JSON we take. */
    public static final class MalformedJsonException extends Exception {
        private MalformedJsonException(String what, int at) {
            super(what + " at character " + (at + 1));
        }
    }

    /** The one value in {@code text}. */
    public static @Nullable Object read(String text) throws MalformedJsonException {
        Json reader = new Json(text);
        Object value = reader.value(0);
        reader.skipSpace();
        if (reader.at != text.length()) {
            throw reader.malformed("text behind the value");
        }
        return value;
    }

    private @Nullable Object value(int depth) throws MalformedJsonException {
        if (depth > MAX_DEPTH) {
            throw malformed("more than " + MAX_DEPTH + " levels");
        }
        skipSpace();
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, @Nullable Object> object(int depth) throws MalformedJsonException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        at++;
        skipSpace();
        if (take('}')) {
            return members;
        }
        while (true) {
            skipSpace();
            if (peek() != '"') {
                throw malformed("a member's name expected");
            }
            String name = string();
            if (members.containsKey(name)) {
                throw malformed("name \"" + name + "\" twice");
            }
            skipSpace();
            require(':');
            members.put(name, value(depth + 1));
            skipSpace();
            if (take('}')) {
                return members;
            }
            require(',');
        }
    }

    private List<@Nullable Object> array(int depth) throws MalformedJsonException {
        List<@Nullable Object> elements = new ArrayList<>();
        at++;
        skipSpace();
        if (take(']')) {
            return elements;
        }
        while (true) {
            elements.add(value(depth + 1));
            skipSpace();
            if (take(']')) {
                return elements;
            }
            require(',');
        }
    }

    private String string() throws MalformedJsonException {
        StringBuilder out = new StringBuilder();
        at++;
        while (true) {
            char c = next();
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                at--;
                throw malformed("control character in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws MalformedJsonException {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw malformed("unknown escape");
        };
    }

    private char unicode() throws MalformedJsonException {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            char c = next();
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw malformed("four hexadecimal digits expected");
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    private @Nullable Object word(String word, @Nullable Object meaning) throws MalformedJsonException {
        if (!text.startsWith(word, at)) {
            throw malformed("unknown word");
        }
        at += word.length();
        return meaning;
    }

    private Object number() throws MalformedJsonException {
        int start = at;
        take('-');
        int whole = at;
        int wholeDigits = digits();
        if (wholeDigits == 0 || (wholeDigits > 1 && text.charAt(whole) == '0')) {
            throw malformed("a value expected");
        }
        boolean fraction = take('.');
        if (fraction && digits() == 0) {
            throw malformed("digits expected");
        }
        boolean exponent = take('e') || take('E');
        if (exponent) {
            if (!take('+')) {
                take('-');
            }
            if (digits() == 0) {
                throw malformed("digits expected");
            }
        }
        String literal = text.substring(start, at);
        if (literal.length() > MAX_NUMBER_LENGTH) {
            throw malformed("a number of more than " + MAX_NUMBER_LENGTH + " characters");
        }
        try {
            if (!fraction && !exponent) {
                return Long.valueOf(literal);
            }
            double value = Double.parseDouble(literal);
            if (Double.isInfinite(value)) {
                throw malformed("number out of range");
            }
            return value;
        } catch (NumberFormatException e) {
            throw malformed("number out of range");
        }
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws MalformedJsonException {
        if (at >= text.length()) {
            throw malformed("text ends too early");
        }
        return text.charAt(at);
    }

    private char next() throws MalformedJsonException {
        char c = peek();
        at++;
        return c;
    }

    private boolean take(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void require(char c) throws MalformedJsonException {
        if (!take(c)) {
            throw malformed("'" + c + "' expected");
        }
    }

    private MalformedJsonException malformed(String what) {
        return new MalformedJsonException(what, at);
    }

    /** {@code value} on one line; maps, lists, strings, numbers, booleans and null. */
    public static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, StringBuilder out) {
        if (value instanceof String string) {
            quote(string, out);
        } else if (value instanceof Map<?, ?> members) {
            String separator = "{";
            for (Map.Entry<?, ?> member : members.entrySet()) {
                out.append(separator);
                quote(String.valueOf(member.getKey()), out);
                out.append(':');
                write(member.getValue(), out);
                separator = ",";
            }
            out.append(members.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> elements) {
            String separator = "";
            out.append('[');
            for (Object element : elements) {
                out.append(separator);
                write(element, out);
                separator = ",";
            }
            out.append(']');
        } else if (value instanceof Double number && !Double.isFinite(number)) {
            out.append("null"); // JSON has no name for it
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            throw new IllegalArgumentException("no JSON form for " + value.getClass());
        }
    }

    private static void quote(String string, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F || Character.isSurrogate(c)) {
                out.append("\\u").append(String.format("%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
