package net.sojourn.dns;

import java.nio.file.Path;
import java.util.Optional;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.key.UpdateKey;

/**
 * All that {@link NameUpdater} must be told.
 *
 * @param key signs the updates
 * @param stateFile where owner id and counters are kept; its folder must exist
 * @param ownerId who we are to the guard record; empty: the one in the state file, made at first start. Set it where the
 *     state file may get lost, else the names must be taken over afterwards.
 * @param zones how zones and servers are found
 * @param ttlSeconds of the addresses; 0 lets no cache keep them
 * @param guardLabel put before a name to get that of its guard record; the key needs a grant for it
 * @param takeOver whether names that another owner published are taken from it
 * @param timing pauses and deadlines
 */
public record UpdaterSettings(
        UpdateKey key,
        Path stateFile,
        Optional<String> ownerId,
        ZoneSettings zones,
        long ttlSeconds,
        String guardLabel,
        boolean takeOver,
        UpdateTiming timing) {

    public static final String DEFAULT_GUARD_LABEL = "_mm";

    private static final long MAX_TTL_SECONDS = (1L << 31) - 1;

    /** @throws IllegalArgumentException naming the value that is out of range */
    public UpdaterSettings {
        ownerId.ifPresent(Guard::requireOwner);
        if (ttlSeconds < 0 || ttlSeconds > MAX_TTL_SECONDS) {
            throw new IllegalArgumentException("ttlSeconds " + ttlSeconds + " is not between 0 and " + MAX_TTL_SECONDS);
        }
        if (guardLabel.contains(".") || DnsNames.parse(guardLabel).labels() != 2) {
            throw new IllegalArgumentException("guardLabel '" + guardLabel + "' must be one label, such as _mm");
        }
    }

    /** TTL 0, label {@code _mm}, no taking over, default timing, zones by DNS. */
    public static UpdaterSettings of(UpdateKey key, Path stateFile) {
        return new UpdaterSettings(
                key,
                stateFile,
                Optional.empty(),
                ZoneSettings.DISCOVER,
                0,
                DEFAULT_GUARD_LABEL,
                false,
                UpdateTiming.DEFAULT);
    }

    public UpdaterSettings withZones(ZoneSettings value) {
        return new UpdaterSettings(key, stateFile, ownerId, value, ttlSeconds, guardLabel, takeOver, timing);
    }

    public UpdaterSettings withOwnerId(String value) {
        return new UpdaterSettings(key, stateFile, Optional.of(value), zones, ttlSeconds, guardLabel, takeOver, timing);
    }

    public UpdaterSettings withTtlSeconds(long value) {
        return new UpdaterSettings(key, stateFile, ownerId, zones, value, guardLabel, takeOver, timing);
    }

    public UpdaterSettings withGuardLabel(String value) {
        return new UpdaterSettings(key, stateFile, ownerId, zones, ttlSeconds, value, takeOver, timing);
    }

    public UpdaterSettings withTakeOver(boolean value) {
        return new UpdaterSettings(key, stateFile, ownerId, zones, ttlSeconds, guardLabel, value, timing);
    }

    public UpdaterSettings withTiming(UpdateTiming value) {
        return new UpdaterSettings(key, stateFile, ownerId, zones, ttlSeconds, guardLabel, takeOver, value);
    }
}
