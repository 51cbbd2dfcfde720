package net.sojourn.tun.nft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.sojourn.tun.TunNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables of the real nft, in a namespace. */
@Timeout(60)
class OwnedRulesIT {

    private static final List<String> TABLES = List.of("netdev sojourn_t", "inet sojourn_t");

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private OwnedRules open() throws IOException {
        return namespace.call(() -> OwnedRules.open(TABLES, lost -> {}));
    }

    private String ruleset() throws IOException {
        return namespace.inside("nft", "list", "ruleset");
    }

    @Test
    void tablesLiveUntilClose() throws IOException {
        OwnedRules rules = open();
        rules.take(List.of("add chain inet sojourn_t out", "add rule inet sojourn_t out tcp dport 22 accept"));
        String shown = ruleset();
        assertTrue(shown.contains("flags owner") && shown.contains("tcp dport 22 accept"), shown);
        rules.close();
        rules.close();
        assertEquals("", ruleset().strip());
    }

    @Test
    void complaintNamesTheLineAndWhatWasRightStays() throws IOException {
        try (OwnedRules rules = open()) {
            NftException e = assertThrows(
                    NftException.class,
                    () -> rules.take(List.of(
                            "add chain inet sojourn_t a",
                            "add rule inet sojourn_t nowhere tcp dport 22 accept",
                            "add chain inet sojourn_t b")));
            assertTrue(String.valueOf(e.getMessage()).contains("nowhere"), e.getMessage());
            NftException syntax = assertThrows(
                    NftException.class, () -> rules.take(List.of("add rule inet sojourn_t a tcp dprot 22")));
            assertTrue(String.valueOf(syntax.getMessage()).contains("dprot"), syntax.getMessage());
            rules.take(List.of("add chain inet sojourn_t c"));
            String shown = ruleset();
            assertTrue(shown.contains("chain a") && shown.contains("chain b") && shown.contains("chain c"), shown);
        }
    }

    @Test
    void nobodyElseRemovesThem() throws IOException {
        try (OwnedRules rules = open()) {
            IOException e = assertThrows(
                    IOException.class, () -> namespace.inside("nft", "delete", "table", "inet", "sojourn_t"));
            assertTrue(String.valueOf(e.getMessage()).contains("not permitted"), e.getMessage());
            namespace.inside("nft", "flush", "ruleset");
            rules.take(List.of("add chain inet sojourn_t still"));
            assertTrue(ruleset().contains("chain still"));
            NftException second = assertThrows(NftException.class, this::open);
            assertTrue(String.valueOf(second.getMessage()).contains("stop that one"), second.getMessage());
        }
    }

    @Test
    void leftoverWithoutAnOwnerIsReplaced() throws IOException {
        namespace.inside("nft", "add table inet sojourn_t { chain old { } ; }");
        try (OwnedRules rules = open()) {
            rules.take(List.of("add chain inet sojourn_t fresh"));
            String shown = ruleset();
            assertTrue(shown.contains("chain fresh") && shown.contains("flags owner"), shown);
            assertFalse(shown.contains("chain old"), shown);
        }
        assertEquals("", ruleset().strip());
    }

    @Test
    void endOfNftIsTold() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        try (OwnedRules rules = namespace.call(() -> OwnedRules.open(TABLES, lost -> told.countDown()))) {
            ProcessHandle nft = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().commandLine().orElse("").contains("nft -i"))
                    .findFirst()
                    .orElseThrow();
            nft.destroyForcibly();
            assertTrue(told.await(2, TimeUnit.SECONDS));
            NftException e = assertThrows(NftException.class, () -> rules.take(List.of("add chain inet sojourn_t x")));
            assertTrue(String.valueOf(e.getMessage()).contains("nft has ended"), e.getMessage());
            assertEquals("", ruleset().strip());
        }
    }

    @Test
    void printsWhatNftPrints() throws IOException {
        try (OwnedRules rules = open()) {
            rules.take(List.of("add set inet sojourn_t ports { type inet_service; elements = { 7 }; }"));
            assertTrue(namespace.call(() -> OwnedRules.print("list", "sets")).contains("elements = { 7 }"));
            NftException e = assertThrows(
                    NftException.class, () -> namespace.call(() -> OwnedRules.print("list", "table", "inet", "none")));
            assertTrue(String.valueOf(e.getMessage()).contains("nft list table inet none"), e.getMessage());
        }
    }
}
