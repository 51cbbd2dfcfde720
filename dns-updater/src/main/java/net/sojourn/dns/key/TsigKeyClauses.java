package net.sojourn.dns.key;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Reads the {@code key} clauses of BIND's configuration language: {@code key "n" { algorithm hmac-sha256; secret "..."; };}
 * with comments by {@code //}, {@code #} and {@code /* *}{@code /}. Other clauses are refused, as a sign of a wrong file.
 */
final class TsigKeyClauses {

    private static final String PUNCTUATION = "{};";

    private final List<Token> tokens;
    private int next;

    /** {@code text} is empty only at the end of the file. */
    private record Token(String text, boolean quoted, int line) {
        boolean is(String punctuation) {
            return !quoted && text.equals(punctuation);
        }

        boolean isEnd() {
            return !quoted && text.isEmpty();
        }
    }

    private TsigKeyClauses(List<Token> tokens) {
        this.tokens = tokens;
    }

    static List<TsigKey> parse(String text) throws KeyFileException {
        TsigKeyClauses clauses = new TsigKeyClauses(tokens(text));
        List<TsigKey> keys = new ArrayList<>();
        while (!clauses.peek().isEnd()) {
            keys.add(clauses.key());
        }
        return keys;
    }

    private TsigKey key() throws KeyFileException {
        expect("key");
        Token nameToken = value("the key's name");
        expect("{");
        Map<String, Token> fields = new HashMap<>();
        while (!peek().is("}")) {
            Token field = value("algorithm or secret");
            Token value = value("the value of " + field.text());
            expect(";");
            String fieldName = field.text().toLowerCase(Locale.ROOT);
            if (!fieldName.equals("algorithm") && !fieldName.equals("secret")) {
                throw wrong(field, "expected algorithm or secret");
            }
            if (fields.put(fieldName, value) != null) {
                throw wrong(field, fieldName + " is given twice");
            }
        }
        expect("}");
        expect(";");
        Token algorithm = field(fields, "algorithm", nameToken);
        Token secret = field(fields, "secret", nameToken);
        return TsigKey.of(name(nameToken), algorithm.text(), octets(secret));
    }

    private static Token field(Map<String, Token> fields, String name, Token key) throws KeyFileException {
        Token value = fields.get(name);
        if (value == null) {
            throw wrong(key, "key " + key.text() + " has no " + name);
        }
        return value;
    }

    private static Name name(Token token) throws KeyFileException {
        try {
            return Name.fromString(token.text(), Name.root);
        } catch (TextParseException e) {
            throw wrong(token, "not a key name");
        }
    }

    /** Says nothing of the text itself: it is the secret. */
    private static byte[] octets(Token token) throws KeyFileException {
        try {
            return Base64.getDecoder().decode(token.text());
        } catch (IllegalArgumentException e) {
            throw wrong(token, "the secret is not Base64");
        }
    }

    private Token peek() {
        return tokens.get(next);
    }

    private Token take() {
        Token token = tokens.get(next);
        if (!token.isEnd()) {
            next++;
        }
        return token;
    }

    private void expect(String text) throws KeyFileException {
        Token token = take();
        if (!token.is(text)) {
            throw wrong(token, "expected '" + text + "'");
        }
    }

    private Token value(String what) throws KeyFileException {
        Token token = take();
        if (token.isEnd() || !token.quoted() && PUNCTUATION.contains(token.text())) {
            throw wrong(token, "expected " + what);
        }
        return token;
    }

    private static KeyFileException wrong(Token token, String what) {
        return new KeyFileException("line " + token.line() + ": " + what);
    }

    private static List<Token> tokens(String text) throws KeyFileException {
        List<Token> tokens = new ArrayList<>();
        int line = 1;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                line++;
                at++;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#' || text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                int end = text.indexOf("*/", at + 2);
                if (end < 0) {
                    throw new KeyFileException("line " + line + ": the comment does not end");
                }
                line += newLines(text, at, end);
                at = end + 2;
            } else if (c == '"') {
                int end = text.indexOf('"', at + 1);
                if (end < 0 || newLines(text, at, end) > 0) {
                    throw new KeyFileException("line " + line + ": the quoted text does not end");
                }
                tokens.add(new Token(text.substring(at + 1, end), true, line));
                at = end + 1;
            } else if (PUNCTUATION.indexOf(c) >= 0) {
                tokens.add(new Token(String.valueOf(c), false, line));
                at++;
            } else {
                int end = endOfWord(text, at);
                tokens.add(new Token(text.substring(at, end), false, line));
                at = end;
            }
        }
        tokens.add(new Token("", false, line));
        return tokens;
    }

    private static int endOfWord(String text, int from) {
        int at = from + 1;
        while (at < text.length()
                && !Character.isWhitespace(text.charAt(at))
                && PUNCTUATION.indexOf(text.charAt(at)) < 0
                && text.charAt(at) != '"'
                && text.charAt(at) != '#') {
            at++;
        }
        return at;
    }

    private static int newLines(String text, int from, int to) {
        return (int) text.substring(from, to).chars().filter(c -> c == '\n').count();
    }
}
