package net.sojourn.testbed.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.dns.key.KeyFiles;
import net.sojourn.dns.key.TsigKey;
import net.sojourn.dns.query.Addresses;

/**
 * The command line of {@link EmbeddedNameServer}: {@code --zone mob.test --address 10.0.0.53 --port 53 --key-file F}, {@code
 * --key-file} again for more keys, {@code --record "laptop 0 IN A 192.0.2.1"} for each further record and {@code --grant
 * KEY=HOST} to bind keys to hosts. Secrets come from files only.
 */
record NameServerArguments(NameServerSettings settings, InetSocketAddress listen) {

    static final String USAGE = "usage: --zone ZONE --address ADDRESS [--port PORT] --key-file FILE..."
            + " [--record LINE]... [--grant KEY=HOST]...";

    /** @throws IllegalArgumentException with what is wrong */
    static NameServerArguments parse(String[] arguments) throws KeyFileException {
        String zone = "";
        String address = "";
        int port = 53;
        List<String> lines = new ArrayList<>();
        List<String> grants = new ArrayList<>();
        List<TsigKey> keys = new ArrayList<>();
        if (arguments.length % 2 != 0) {
            throw new IllegalArgumentException(arguments[arguments.length - 1] + " has no value");
        }
        for (int i = 0; i < arguments.length; i += 2) {
            String value = arguments[i + 1];
            switch (arguments[i]) {
                case "--zone" -> zone = value;
                case "--address" -> address = value;
                case "--port" -> port = Integer.parseInt(value);
                case "--record" -> lines.add(value);
                case "--grant" -> grants.add(value);
                case "--key-file" -> keys.addAll(KeyFiles.readTsig(Path.of(value)));
                default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
        }
        InetAddress listen = literal(address);
        if (zone.isEmpty()) {
            throw new IllegalArgumentException("--zone is missing");
        }
        NameServerSettings settings = NameServerSettings.of(zone, listen.getHostAddress(), lines, keys);
        for (String grant : grants) {
            settings = granting(settings, grant);
        }
        return new NameServerArguments(settings, new InetSocketAddress(listen, port));
    }

    private static InetAddress literal(String address) {
        return Addresses.literal(address)
                .orElseThrow(() -> new IllegalArgumentException("--address must be an IP address"));
    }

    private static NameServerSettings granting(NameServerSettings settings, String grant) {
        String[] keyAndHost = grant.split("=", 2);
        for (TsigKey key : settings.keys()) {
            if (keyAndHost.length == 2 && key.keyName().equals(keyAndHost[0])) {
                return settings.granting(key, keyAndHost[1]);
            }
        }
        throw new IllegalArgumentException("--grant " + grant + ": no such key, or not KEY=HOST");
    }
}
