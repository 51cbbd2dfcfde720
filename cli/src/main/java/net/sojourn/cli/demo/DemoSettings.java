package net.sojourn.cli.demo;

import java.nio.file.Path;

/**
 * How large a demo is.
 *
 * @param copyBytes of the file that the laptop copies while it moves three times; those of the other parts are smaller
 * @param captureFolder where the pcap files go; made if it is not there
 */
record DemoSettings(NameService.Kind names, long copyBytes, Path captureFolder) {

    private static final long LEAST_COPY_BYTES = 20_000_000;

    DemoSettings {
        if (copyBytes < LEAST_COPY_BYTES) {
            throw new IllegalArgumentException(
                    "a copy of " + copyBytes + " octets ends before the moves do: give at least 20 MB");
        }
    }
}
