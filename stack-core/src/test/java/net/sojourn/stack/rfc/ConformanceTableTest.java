package net.sojourn.stack.rfc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every test that docs/conformance.md names exists under that name. */
class ConformanceTableTest {

    private static final int LEAST_CLAUSES = 250;
    private static final Pattern CLAUSE = Pattern.compile("void rfc\\d+_\\w+\\(");
    private static final Pattern TOLD = Pattern.compile("(\\d+) packet scripts and clause tests");
    private static final Pattern NAMED = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");

    @Test
    void everyTestNamedExists() throws IOException {
        Map<String, String> sources;
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            sources = files.filter(file -> file.toString().endsWith("Test.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), ConformanceTableTest::text));
        }
        List<String> missing = new ArrayList<>();
        Matcher named = NAMED.matcher(text(Path.of("../docs/conformance.md")));
        int count = 0;
        while (named.find()) {
            count++;
            String source = sources.getOrDefault(named.group(1), "");
            boolean exists =
                    named.group(2) == null ? !source.isEmpty() : source.contains("void " + named.group(2) + "(");
            if (!exists) {
                missing.add(named.group());
            }
        }
        assertTrue(count > 60, "the table names " + count + " tests");
        assertTrue(missing.isEmpty(), () -> "docs/conformance.md names tests that do not exist: " + missing);
    }

    /** There are as many clauses under test as docs/conformance.md promises. */
    @Test
    void clausesAreCounted() throws IOException {
        int clauses = 0;
        try (Stream<Path> files = Files.list(Path.of("src/test/java/net/sojourn/stack/rfc"))) {
            for (Path file : files.toList()) {
                clauses += (int) CLAUSE.matcher(text(file)).results().count();
            }
        }
        int counted = clauses;
        Matcher told = TOLD.matcher(text(Path.of("../docs/conformance.md")));
        assertTrue(told.find(), "docs/conformance.md says how many there are");
        int promised = Integer.parseInt(told.group(1));
        assertTrue(promised >= LEAST_CLAUSES, () -> promised + " are not many");
        assertTrue(counted >= promised, () -> counted + " clauses, " + promised + " promised");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
