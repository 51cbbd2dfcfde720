package net.sojourn.dns.query;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import net.sojourn.dns.transport.AnswerFilter;
import net.sojourn.dns.transport.AnswerFilter.Fit;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.Target;
import org.xbill.DNS.Message;

/** A network in a function: question and target in, answers' octets out, in the order in which they would arrive. */
public final class CannedTransport implements DnsTransport {

    private final BiFunction<Message, Target, List<byte[]>> network;
    private final List<Target> asked = new ArrayList<>();

    public CannedTransport(BiFunction<Message, Target, List<byte[]>> network) {
        this.network = network;
    }

    public synchronized List<Target> asked() {
        return List.copyOf(asked);
    }

    @Override
    public byte[] exchange(byte[] query, Target target, Duration timeout, AnswerFilter filter) throws IOException {
        synchronized (this) {
            asked.add(target);
        }
        Optional<byte[]> lastResort = Optional.empty();
        for (byte[] answer : network.apply(new Message(query), target)) {
            Fit fit = filter.fit(answer);
            if (fit == Fit.TAKE) {
                return answer;
            }
            if (fit == Fit.LAST_RESORT && lastResort.isEmpty()) {
                lastResort = Optional.of(answer);
            }
        }
        return lastResort.orElseThrow(() -> new SocketTimeoutException("no answer from " + target));
    }
}
