package net.sojourn.stack.tcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.TcpState;

/** What holds of a connection after whatever has come from the network. */
public final class TcbSoundness {

    private TcbSoundness() {}

    public static void assertSound(Tcb tcb) {
        if (tcb.state() == TcpState.CLOSED) {
            return;
        }
        assertTrue(tcb.sndUna <= tcb.sndNxt, () -> "SND.UNA beyond SND.NXT: " + tcb);
        assertTrue(tcb.sndNxt <= tcb.sendEnd(), () -> "sent what was never written: " + tcb);
        assertTrue(tcb.rcvNxt <= tcb.rcvAdv, () -> "window behind RCV.NXT: " + tcb);
        assertTrue(tcb.sent.pipeBytes() >= 0, () -> "pipe " + tcb.sent);
        // Who is suspended is guarded by whoever suspended it.
        boolean owes = tcb.sndUna < tcb.sndNxt && tcb.state().maySendText() && !tcb.suspended;
        assertTrue(!owes || tcb.retransmission.isSet(), () -> "no timer guards " + tcb);
        boolean opening = tcb.state() == TcpState.SYN_SENT || tcb.state() == TcpState.SYN_RECEIVED;
        // A SYN is repeated from the state alone; it is not among what was sent.
        boolean allKnown = tcb.sent.isEmpty() == (tcb.sndUna == tcb.sndNxt);
        assertTrue(opening || allKnown, () -> tcb + " " + tcb.sent);
        assertTrue(!opening || tcb.retransmission.isSet(), () -> "no timer guards the SYN of " + tcb);
        boolean waits = tcb.state() == TcpState.TIME_WAIT;
        assertTrue(!waits || tcb.idle.isSet(), () -> "TIME-WAIT without end: " + tcb);
    }

    public static boolean mayWrite(Tcb tcb) {
        return tcb.state() != TcpState.CLOSED && tcb.finOffset < 0 && tcb.sendBuffer.size() < 100_000;
    }

    /** Offsets that segments near the truth are made from, as relative sequence numbers. */
    public static long una(Tcb tcb) {
        return tcb.sndUna + 1;
    }

    public static long rcvNxt(Tcb tcb) {
        return tcb.rcvNxt + 1;
    }
}
