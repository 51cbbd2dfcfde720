package net.sojourn.daemon.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import net.sojourn.daemon.control.Json.MalformedJsonException;
import net.sojourn.daemon.control.RecordJson.UnexpectedJsonException;

/** Any line on the control socket is refused with a reason, or a request that is written as it was understood. */
class RequestFuzzTest {

    @FuzzTest(maxDuration = "2m")
    void line(byte[] input) {
        String line = new String(input, StandardCharsets.UTF_8);
        Request request;
        try {
            request = RecordJson.decode(Request.class, line);
        } catch (MalformedJsonException | UnexpectedJsonException e) {
            return;
        }
        String again = RecordJson.line((Record) request);
        try {
            assertEquals(request, RecordJson.decode(Request.class, again));
        } catch (MalformedJsonException | UnexpectedJsonException e) {
            throw new AssertionError(again, e);
        }
    }
}
