package net.sojourn.daemon.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\":1,\"a\":2}",
                "01",
                "1.",
                "-",
                "\"\\u12g4\"",
                "\"\n\"",
                "tru",
                "1 2",
                "{a:1}",
                "99999999999999999999",
                "1e999"
            })
    void malformedTextIsRefused(String text) {
        assertThrows(Json.MalformedJsonException.class, () -> Json.read(text));
    }

    @Test
    void deepNestingIsRefused() {
        assertThrows(Json.MalformedJsonException.class, () -> Json.read("[".repeat(100_000)));
    }

    @Test
    void valuesSurviveTheRoundTrip() throws Exception {
        String text = "{\"a\":[1,-2.5,true,null,\"\\u0001\\\"\\\\é\"],\"b\":{}}";
        assertEquals(text, Json.write(Json.read(text)));
    }

    @Test
    void randomTextIsReadOrRefusedAndNothingElse() {
        Random random = new Random(42);
        String alphabet = "{}[]\",:\\u0019eE+-.truefalsn \n\t";
        int refused = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(20); n >= 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Json.read(text.toString());
            } catch (Json.MalformedJsonException e) {
                refused++;
            }
        }
        assertEquals(true, refused > 100_000);
    }

    @Test
    void requestsSurviveTheRoundTrip() throws Exception {
        Request.Migrate request = new Request.Migrate(Optional.of(7L), Optional.empty());
        assertEquals(request, RecordJson.decode(Request.class, RecordJson.line(request)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{\"type\":\"Nonsense\"}",
                "{\"type\":\"Status\",\"more\":1}",
                "{\"type\":\"Migrate\",\"to\":3}"
            })
    void otherThanRequestsIsRefused(String text) {
        assertThrows(RecordJson.UnexpectedJsonException.class, () -> RecordJson.decode(Request.class, text));
    }
}
