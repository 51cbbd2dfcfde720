package net.sojourn.testbed.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Streams of pseudo-random octets, made while they are sent and hashed (SHA-256) while they arrive: never held. */
public final class Octets {

    private static final int CHUNK_BYTES = 64 * 1024;

    /** What arrived until the end of the stream. */
    public record Arrival(long bytes, String sha256) {}

    private long state;

    private Octets(long seed) {
        state = seed * 0x9E37_79B9_7F4A_7C15L | 1;
    }

    /** Writes {@code bytes} octets that {@code seed} decides. @return their SHA-256 */
    public static String send(OutputStream out, long seed, long bytes) throws IOException {
        Octets octets = new Octets(seed);
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long left = bytes; left > 0; ) {
            int length = (int) Math.min(left, chunk.length);
            octets.fill(chunk);
            digest.update(chunk, 0, length);
            out.write(chunk, 0, length);
            left -= length;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Reads to the end of the stream. */
    public static Arrival receive(InputStream in) throws IOException {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK_BYTES];
        long bytes = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            digest.update(chunk, 0, n);
            bytes += n;
        }
        return new Arrival(bytes, HexFormat.of().formatHex(digest.digest()));
    }

    /** As many octets as are asked for, in one piece. */
    public static byte[] few(long seed, int bytes) {
        byte[] octets = new byte[(bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES];
        new Octets(seed).fill(octets);
        return Arrays.copyOf(octets, bytes);
    }

    /** Xorshift (Marsaglia 2003): fast, and no two places in a stream look alike. */
    private void fill(byte[] chunk) {
        ByteBuffer words = ByteBuffer.wrap(chunk);
        long x = state;
        while (words.hasRemaining()) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
            words.putLong(x);
        }
        state = x;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
