package net.sojourn.migrate;

/** The same stories with M2: fresh numbers on each path, proof before anything moves (docs/protocol.md). */
class M2WorldMoveTest extends WorldMoveTest {

    @Override
    MigrateSettings settings() {
        return MigrateSettings.defaults();
    }
}
