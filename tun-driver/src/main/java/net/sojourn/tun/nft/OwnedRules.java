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

/**
 * nftables tables that nobody else can change and that vanish with this process, however it ends. They belong to the netlink
 * socket of an {@code nft -i} held as a child: when the pipe to it closes, it ends, and the kernel removes its tables ({@code
 * flags owner}). In the namespace of the thread that opened it. Any thread.
 */
public final class OwnedRules implements Closeable {

    private static final long ANSWER_SECONDS = 10;
    private static final long END_SECONDS = 2;
    private static final String REMEDY = "Install the Debian package nftables";

    private final Process nft;
    private final BufferedWriter lines;
    private final BlockingQueue<String> errors = new LinkedBlockingQueue<>();
    private int marks;

    private OwnedRules(Process nft) {
        this.nft = nft;
        this.lines = new BufferedWriter(new OutputStreamWriter(nft.getOutputStream(), StandardCharsets.US_ASCII));
        Thread reader = new Thread(this::readErrors, "sojourn-nft");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts {@code nft} and makes the tables.
     *
     * @param tables family and name, such as {@code netdev sojourn_sj0}; left over ones of these names are removed first
     * @throws NftException if nft is missing, or the tables belong to a process that lives
     */
    public static OwnedRules open(List<String> tables) throws NftException {
        OwnedRules rules = new OwnedRules(start());
        try {
            List<String> existing = rules.existing(tables);
            for (String table : existing) {
                rules.take(List.of("delete table " + table));
            }
            rules.take(tables.stream()
                    .map(table -> "add table " + table + " { flags owner; }")
                    .toList());
            return rules;
        } catch (NftException e) {
            rules.close();
            throw e;
        }
    }

    private static Process start() throws NftException {
        try {
            return new ProcessBuilder("nft", "-i")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new NftException("cannot run nft: " + e.getMessage() + ". " + REMEDY, e);
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
            boolean denied = complaints.stream().anyMatch(line -> line.contains("Operation not permitted"));
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
    }

    /** Removes the tables. */
    @Override
    public void close() {
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
