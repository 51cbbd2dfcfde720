package net.sojourn.tun.host;

import java.nio.file.Path;

/** Where what shall not outlive the machine's boot is kept: in memory, not on a disk. */
public final class RunFolder {

    public static final String NAME = "/run/sojourn";

    public static final Path PATH = Path.of(NAME);

    private RunFolder() {}
}
