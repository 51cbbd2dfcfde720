package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.util.Map;

/** Keeps {@link NameMemory} by host. Reconcilers' thread. */
public interface StateStore {

    /** What was saved last; empty when there is nothing or nothing readable. */
    Map<String, NameMemory> load() throws IOException;

    /** Replaces all; when this returns, it is on the disk. */
    void save(Map<String, NameMemory> memories) throws IOException;
}
