package net.sojourn.testbed.link;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.sojourn.testbed.netns.JavaProgram;

/**
 * A {@link LinkForwarder} in a Java process of its own, so that neither the load nor the pauses of the caller's process
 * disturb the link. The child ends when this process does, for whatever reason: it reads its orders from a pipe and
 * leaves at its end. Thread-safe.
 *
 * <p>Orders are lines, each answered by one line, {@code ok …} or {@code error …}: {@code change A_TO_B SETTINGS},
 * {@code up}, {@code down}, {@code counters A_TO_B}.
 */
public final class LinkProcess implements EmulatedLink {

    private static final String OK = "ok";
    private static final String ERROR = "error ";
    private static final long GRACE_SECONDS = 3;

    private final Process process;
    private final Writer orders;
    private final BufferedReader answers;

    private LinkProcess(Process process) {
        this.process = process;
        orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** As {@link LinkForwarder#open}; returns when both devices exist. */
    public static LinkProcess open(LinkEnd a, LinkEnd b, LinkSettings aToB, LinkSettings bToA, long seed)
            throws IOException {
        List<String> command = JavaProgram.command(
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), LinkProcess.class);
        for (LinkEnd end : List.of(a, b)) {
            command.add(end.namespace().toString());
            command.add(end.device());
        }
        command.addAll(List.of(aToB.toString(), bToA.toString(), Long.toString(seed)));
        LinkProcess link = new LinkProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        try {
            link.answer("open the link");
        } catch (IOException e) {
            link.close();
            throw e;
        }
        return link;
    }

    /** The process that forwards. */
    public long pid() {
        return process.pid();
    }

    @Override
    public void change(Direction direction, LinkSettings settings) throws IOException {
        order("change " + direction + " " + settings);
    }

    @Override
    public void setUp(boolean up) throws IOException {
        order(up ? "up" : "down");
    }

    @Override
    public LinkCounters counters(Direction direction) throws IOException {
        return LinkCounters.parse(order("counters " + direction));
    }

    private synchronized String order(String order) throws IOException {
        orders.write(order + "\n");
        orders.flush();
        return answer(order);
    }

    private String answer(String order) throws IOException {
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the link's process ended before it answered \"" + order + "\"");
        }
        if (answer.startsWith(ERROR)) {
            throw new IOException("the link's process could not " + order + ": " + answer.substring(ERROR.length()));
        }
        return answer.substring(OK.length()).strip();
    }

    @Override
    public void close() {
        try {
            orders.close();
        } catch (IOException alreadyGone) {
            // Then there is nothing to end.
        }
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The child: arguments NAMESPACE-FILE-A DEVICE-A NAMESPACE-FILE-B DEVICE-B SETTINGS-A-TO-B SETTINGS-B-TO-A SEED, orders
     * on standard input.
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Standard output is for answers alone, whatever a library may want to say.
        System.setOut(System.err);
        if (arguments.length != 7) {
            out.println(ERROR + "usage: LinkProcess NETNS_A TUN_A NETNS_B TUN_B SETTINGS_AB SETTINGS_BA SEED");
            System.exit(2);
        }
        try (LinkForwarder link = LinkForwarder.open(
                        new LinkEnd(Path.of(arguments[0]), arguments[1]),
                        new LinkEnd(Path.of(arguments[2]), arguments[3]),
                        LinkSettings.parse(arguments[4]),
                        LinkSettings.parse(arguments[5]),
                        Long.parseLong(arguments[6]));
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            out.println(OK);
            for (String order = in.readLine(); order != null; order = in.readLine()) {
                out.println(obey(link, order));
            }
        } catch (IOException | IllegalArgumentException e) {
            out.println(ERROR + e.getMessage());
            System.exit(1);
        }
    }

    private static String obey(LinkForwarder link, String order) {
        String[] words = order.split(" ", 3);
        try {
            switch (words[0]) {
                case "change" -> link.change(Direction.valueOf(words[1]), LinkSettings.parse(words[2]));
                case "up", "down" -> link.setUp(words[0].equals("up"));
                case "counters" -> {
                    return OK + " " + link.counters(Direction.valueOf(words[1])).toText();
                }
                default -> throw new IllegalArgumentException("no such order: " + order);
            }
            return OK;
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            return ERROR + e.getMessage();
        }
    }
}
