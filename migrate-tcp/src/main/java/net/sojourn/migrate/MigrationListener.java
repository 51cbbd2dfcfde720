package net.sojourn.migrate;

/** Is told what happens to connections. Called on the loop: must not block, and must not move connections itself. */
@FunctionalInterface
public interface MigrationListener {

    MigrationListener NONE = (migration, event, nowNanos) -> {};

    void migrationEvent(Migration migration, MigrationEvent event, long nowNanos);
}
