package net.sojourn.tun.nft;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * nftables tables that nobody else can change and that vanish with this process, however it ends. They belong to the netlink
 * socket of an {@code nft -i} held as a child: when the pipe to it closes, it ends, and the kernel removes its tables ({@code
 * flags owner}). In the namespace of the thread that opened it. Any thread.
 */
public final class OwnedRules implements Closeable {

    private static final long ANSWER_SECONDS = 10;
    private static final long END_SECONDS = 2;
    private static final long OWNER_GONE_SECONDS = 3;
    private static final long PAUSE_MILLIS = 50;
    private static final String REMEDY = "Install the Debian package nftables";
    private static final String DENIED = "Operation not permitted";
    /** After the last line of nft; no line of text holds it. */
    private static final String END = "\n";

    private final Process nft;
    private final BufferedWriter lines;
    private final BlockingQueue<String> errors = new LinkedBlockingQueue<>();
    private final Consumer<OwnedRules> lost;
    private volatile boolean closed;
    private int marks;

    private OwnedRules(Process nft, Consumer<OwnedRules> lost) {
        this.nft = nft;
        this.lost = lost;
        this.lines = new BufferedWriter(new OutputStreamWriter(nft.getOutputStream(), StandardCharsets.US_ASCII));
        Thread reader = new Thread(this::readErrors, "sojourn-nft");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts {@code nft} and makes the tables.
     *
     * @param tables family and name, such as {@code netdev sojourn_sj0}; left over ones of these names are removed first
     * @param lost called once, on a thread in the same namespace, if nft ends before {@link #close}: the tables are gone
     * @throws NftException if nft is missing, or the tables belong to a process that lives
     */
    public static OwnedRules open(List<String> tables, Consumer<OwnedRules> lost) throws NftException {
        OwnedRules rules = new OwnedRules(start(), lost);
        try {
            rules.removeLeftovers(tables);
            rules.take(tables.stream()
                    .map(table -> "add table " + table + " { flags owner; }")
                    .toList());
            return rules;
        } catch (NftException e) {
            rules.close();
            throw e;
        }
    }

    /**
     * What {@code nft ARGUMENTS} prints, such as {@code list sets}; in the namespace of the calling thread.
     *
     * @throws NftException if nft is missing or complains
     */
    public static String print(String... arguments) throws NftException {
        List<String> command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new NftException(String.join(" ", command) + ": " + printed.strip()
                        + (printed.contains(DENIED) ? ". Needs CAP_NET_ADMIN" : ""));
            }
            return printed;
        } catch (IOException e) {
            throw e instanceof NftException said ? said : missing(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NftException("interrupted while nft ran", e);
        }
    }

    private static NftException missing(IOException e) {
        return new NftException("cannot run nft: " + e.getMessage() + ". " + REMEDY, e);
    }

    private static Process start() throws NftException {
        try {
            return new ProcessBuilder("nft", "-i")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw missing(e);
        }
    }

    /** A process killed a moment ago may not have let go of its tables yet. */
    private void removeLeftovers(List<String> tables) throws NftException {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(OWNER_GONE_SECONDS);
        for (String table : existing(tables)) {
            while (!existing(List.of(table)).isEmpty()) {
                try {
                    take(List.of("delete table " + table));
                } catch (NftException e) {
                    if (System.nanoTime() - giveUpNanos > 0
                            && !existing(List.of(table)).isEmpty()) {
                        throw e;
                    }
                    pause();
                }
            }
        }
    }

    private static void pause() throws NftException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NftException("interrupted while waiting for a table", e);
        }
    }

    private List<String> existing(List<String> tables) throws NftException {
        List<String> existing = new ArrayList<>();
        for (String table : tables) {
            if (said("list table " + table).isEmpty()) {
                existing.add(table);
            }
        }
        return existing;
    }

    /**
     * Carries out lines in nft's language, one after the other.
     *
     * @throws NftException with the first complaint; lines that were right have taken effect
     */
    public void take(List<String> commands) throws NftException {
        List<String> complaints = said(commands.toArray(String[]::new));
        if (!complaints.isEmpty()) {
            boolean denied = complaints.stream().anyMatch(line -> line.contains(DENIED));
            throw new NftException("nft: " + String.join(" ", complaints)
                    + (denied
                            ? ". Needs CAP_NET_ADMIN; or another process owns the table: stop that one"
                            : ". The kernel may lack nf_tables for this family"));
        }
    }

    /** What nft complained about; empty if it took everything. */
    private synchronized List<String> said(String... commands) throws NftException {
        String mark = "sojourn_mark_" + ++marks;
        try {
            for (String command : commands) {
                lines.write(command + "\n");
            }
            // nft says nothing about what succeeds, so the end is marked by a question that must fail.
            lines.write("list table inet " + mark + "\n");
            lines.flush();
            return untilMark(mark);
        } catch (IOException e) {
            throw new NftException("nft has ended: " + e.getMessage() + ". Is the Debian package nftables intact?", e);
        }
    }

    private List<String> untilMark(String mark) throws IOException {
        List<String> complaints = new ArrayList<>();
        try {
            while (true) {
                String line = errors.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
                if (line == null) {
                    throw new IOException("no answer within " + ANSWER_SECONDS + " s");
                }
                if (line.equals(END)) {
                    errors.add(END);
                    throw new IOException(complaints.isEmpty() ? "it says nothing" : String.join(" ", complaints));
                }
                if (line.contains(mark)) {
                    break;
                }
                if (!line.isBlank() && !line.strip().matches("\\^+.*")) {
                    complaints.add(line.strip());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        // The line before the mark is the complaint about the mark.
        if (!complaints.isEmpty()) {
            complaints.remove(complaints.size() - 1);
        }
        return complaints;
    }

    private void readErrors() {
        try (BufferedReader reader = nft.errorReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                errors.add(line);
            }
        } catch (IOException e) {
            errors.add("Error: " + e.getMessage());
        }
        errors.add(END);
        if (!closed) {
            lost.accept(this);
        }
    }

    /** Removes the tables. */
    @Override
    public void close() {
        closed = true;
        try {
            lines.close();
        } catch (IOException e) {
            // It has ended already, and its tables with it.
        }
        try {
            if (!nft.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                nft.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            nft.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
