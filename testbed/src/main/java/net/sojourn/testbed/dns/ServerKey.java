package net.sojourn.testbed.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.testbed.TestbedException;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;

/** A TSIG key (hmac-sha256) that a test server accepts; {@code toString} never shows the secret. */
public final class ServerKey {

    private static final Pattern CLAUSE = Pattern.compile(
            "key\\s+\"?([^\"\\s{]+)\"?\\s*\\{\\s*algorithm\\s+\"?hmac-sha256\"?\\s*;\\s*secret\\s+\"([^\"]+)\"\\s*;");

    private static final int SECRET_BYTES = 32;

    private final String name;
    private final String secretBase64;

    private ServerKey(String name, String secretBase64) {
        this.name = name;
        this.secretBase64 = secretBase64;
    }

    /** A new key with a random secret. */
    public static ServerKey random(String name) {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return new ServerKey(name, Base64.getEncoder().encodeToString(secret));
    }

    /** The first hmac-sha256 key of a file as {@code tsig-keygen} writes it. */
    public static ServerKey read(Path file) {
        try {
            Matcher matcher = CLAUSE.matcher(Files.readString(file));
            if (!matcher.find()) {
                throw new TestbedException(
                        file + " has no hmac-sha256 key; make one with: tsig-keygen -a hmac-sha256 NAME");
            }
            return new ServerKey(matcher.group(1), matcher.group(2));
        } catch (IOException e) {
            throw new TestbedException("cannot read the key file " + file, e);
        }
    }

    /** Without the final dot. */
    public String name() {
        return name;
    }

    /** Writes it in BIND's form with mode 0600, as the updater wants it. Returns {@code file}. */
    public Path write(Path file) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, clause());
        } catch (IOException e) {
            throw new TestbedException("cannot write the key file " + file, e);
        }
    }

    String clause() {
        return "key \"" + name + "\" {\n  algorithm hmac-sha256;\n  secret \"" + secretBase64 + "\";\n};\n";
    }

    Name dnsName() {
        return Name.fromConstantString(name + ".");
    }

    TSIG tsig() {
        return new TSIG(TSIG.HMAC_SHA256, dnsName(), Base64.getDecoder().decode(secretBase64));
    }

    @Override
    public String toString() {
        return "ServerKey[" + name + " secret=***]";
    }
}
