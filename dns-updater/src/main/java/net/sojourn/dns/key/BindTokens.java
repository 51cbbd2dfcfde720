package net.sojourn.dns.key;

import java.nio.file.Path;

/** Splits BIND's configuration language into words, quoted strings (without quotes) and the signs <code>{ } ;</code>. */
final class BindTokens {

    private final Path file;
    private final String text;
    private int at;
    private int line = 1;

    BindTokens(Path file, String text) {
        this.file = file;
        this.text = text;
    }

    int line() {
        return line;
    }

    boolean hasNext() throws KeyFileException {
        skipBlanksAndComments();
        return at < text.length();
    }

    /** @throws KeyFileException at the end of the file */
    String next() throws KeyFileException {
        if (!hasNext()) {
            throw new KeyFileException(file, line, "ends in the middle of a clause: is a '}' or ';' missing?");
        }
        char c = text.charAt(at);
        if (c == '{' || c == '}' || c == ';') {
            at++;
            return String.valueOf(c);
        }
        return c == '"' ? quoted() : word();
    }

    String nextWord(String what) throws KeyFileException {
        String token = next();
        if (token.equals("{") || token.equals("}") || token.equals(";") || token.isEmpty()) {
            throw new KeyFileException(file, line, what + " is missing");
        }
        return token;
    }

    void expect(String sign) throws KeyFileException {
        String token = hasNext() ? next() : "the end of the file";
        if (!token.equals(sign)) {
            throw new KeyFileException(file, line, "'" + sign + "' is missing here");
        }
    }

    private String quoted() throws KeyFileException {
        int end = text.indexOf('"', at + 1);
        int newLine = text.indexOf('\n', at + 1);
        if (end < 0 || newLine >= 0 && newLine < end) {
            throw new KeyFileException(file, line, "the closing quotation mark is missing");
        }
        String inside = text.substring(at + 1, end);
        at = end + 1;
        return inside;
    }

    private String word() {
        int start = at;
        while (at < text.length() && !endsWord(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean endsWord(char c) {
        return c <= ' ' || c == '{' || c == '}' || c == ';' || c == '"';
    }

    private void skipBlanksAndComments() throws KeyFileException {
        while (at < text.length()) {
            if (text.charAt(at) == '\n') {
                line++;
                at++;
            } else if (text.charAt(at) <= ' ') {
                at++;
            } else if (text.charAt(at) == '#' || text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                skipBlockComment();
            } else {
                return;
            }
        }
    }

    private void skipBlockComment() throws KeyFileException {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
            throw new KeyFileException(file, line, "this comment has no end");
        }
        line += (int) text.substring(at, end).chars().filter(c -> c == '\n').count();
        at = end + 2;
    }
}
