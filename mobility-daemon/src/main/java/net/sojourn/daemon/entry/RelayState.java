package net.sojourn.daemon.entry;

import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * A relay that stands still between two programs of one process.
 *
 * @param connection id of the stack's side
 * @param descriptor of the kernel's side; -1 if there is none
 * @param toRemote taken from the kernel's side, not yet given to the stack
 * @param toLocal the other way round
 * @param localEnded the kernel's side has closed its direction
 * @param remoteEnded the stack's side has
 */
public record RelayState(
        long connection, int descriptor, byte[] toRemote, byte[] toLocal, boolean localEnded, boolean remoteEnded) {

    private static final int MOST_OCTETS = 1 << 20;

    public void write(StateWriter out) {
        out.number64(connection)
                .number32(descriptor)
                .octets(toRemote)
                .octets(toLocal)
                .flag(localEnded)
                .flag(remoteEnded);
    }

    /** What {@link #write} wrote. */
    public static RelayState read(StateReader in) throws FrozenStateException {
        return new RelayState(
                in.number64("connection of a relay", 1, Long.MAX_VALUE),
                in.number32("descriptor", 3, Integer.MAX_VALUE),
                in.octets("octets of a relay", MOST_OCTETS),
                in.octets("octets of a relay", MOST_OCTETS),
                in.flag("end"),
                in.flag("end"));
    }
}
