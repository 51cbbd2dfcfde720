package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.Responder.Judgement;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/**
 * What the suites do differently in a connection's moves: how a request is made, judged, answered and proved. When
 * anything is sent, repeated or given up is {@link Mover}'s and {@link Responder}'s; what it means for the connection,
 * {@link Migration}'s. Loop thread only.
 */
interface Exchange extends AutoCloseable {

    Suite suite();

    /** Enters the connection's names into the tables. @return false if those are full */
    boolean register();

    /** Whether this end may begin to move. */
    boolean mayAsk();

    /** How long the peer keeps a connection without a path; {@link Long#MAX_VALUE} if it has not said. */
    long peerResumeWindowNanos();

    /** Whether every request of the connection's life is used up. */
    boolean isExhausted();

    /** The number of our last request; 0 if there was none. */
    int requestNumber();

    /** Whether the last request, which nobody answered, can be sent again for {@code here}. */
    boolean servesAgain(FourTuple here, long nowNanos);

    /**
     * Makes a request.
     *
     * @param timeouts how often nothing has come back in the move under way
     * @return false if {@link #isExhausted()}
     */
    boolean newRequest(FourTuple here, int timeouts, long nowNanos);

    /** After {@code timeouts} of the SYN: makes another request if the last one may be what keeps the answer away. */
    void timedOut(FourTuple here, int timeouts, long nowNanos);

    /**
     * Sends the Migrate SYN of the last request.
     *
     * @param transmission how often it has gone out in the move under way
     * @param forThaw see {@link PathAttempt#ask}
     */
    void ask(PathAttempt here, int transmission, boolean forThaw, long nowNanos);

    /** Whether {@code synAck} answers the last request. */
    boolean isAnswer(PathAttempt here, SegmentView synAck, long nowNanos);

    /** The peer answered: the last request will not be used again. */
    void answered();

    /** What the Migrate SYN that arrived from {@code tuple} is worth to this connection; for one that names it. */
    Judgement judge(SegmentView syn, FourTuple tuple, long nowNanos);

    /** The number of the peer's request that was judged last. */
    int judgedNumber();

    /** Whether the mover of the last request, ours or the peer's, still has the place that it leaves. */
    boolean keepsOldPath(boolean ours);

    /** What answers {@code syn}, which was judged new or repeated. */
    Reply reply(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos);

    /** Takes what a request brings that was answered before. @return whether its answer shall go out again */
    boolean repeatedAt(PathAttempt here, SegmentView syn, long nowNanos);

    /** The SYN/ACK has gone out for the first time: what else may go to a place that has proved nothing yet. */
    void answeredAt(PathAttempt here, long nowNanos);

    /** Whether an unproved place gets at most three times what came from there. */
    boolean limitsAmplification();

    /** Whether the ends' two requests may be asked and answered in one attempt, when they cross on one 4-tuple. */
    boolean sharesAttempts();

    /** What answers {@code syn}, which is genuine and unwanted; empty if the suite has no word for it. */
    Optional<HandshakeSegment> refusal(SegmentView syn, Refusal refusal);

    /** What a reset that quotes our request means. */
    Refusal refusalIn(SegmentView reset);

    /** Whether a reset at {@code here}, where we answered, comes from the peer itself as far as the suite can tell. */
    boolean isRefusalOfAnswer(PathAttempt here, SegmentView reset);

    /** {@code synAck} was not what {@link #isAnswer} wants: what to say to it, if it is genuine. */
    Optional<HandshakeSegment> refusalOfAnswer(PathAttempt here, SegmentView synAck);

    /** What proves a reset of ours that ends the connection; empty array if nothing does. */
    byte[] resetOption();

    /** Whether the peer itself is proved to have ended the connection. */
    boolean isProvedReset(SegmentView reset);

    /** Whether a believed reset makes us ask at once whether the peer is still there: it may be a translator's. */
    boolean asksAfterReset();

    /** Where to ask a peer that may only have missed our segments: the path it knows, or one beside it. */
    FourTuple beside(FourTuple active);

    /** What goes on the connection's ordinary segments now, in at most {@code roomBytes} octets; mostly nothing. */
    byte[] segmentOption(int roomBytes);

    /** {@code won} becomes the connection's path; {@code evidence} proved it. */
    void switching(PathAttempt won, SegmentView evidence, long nowNanos);

    /** {@code won} has become the connection's path. */
    void switched(PathAttempt won, SegmentView evidence, long nowNanos);

    /** The stack stops and keeps the connection: keys, numbers and what they have been used for. */
    void freeze(StateWriter out);

    /** What a {@link ProofCheck} wrote: an answer of ours that was not proved yet. */
    Reply thawReply(PathAttempt here, HandshakeSegment synAck, StateReader in) throws FrozenStateException;

    /** The connection has a place in a stack again. */
    void thawed(long nowNanos);

    /** The connection is gone: its names leave the tables, its keys are wiped. */
    @Override
    void close();

    /**
     * An answer.
     *
     * @param requestSeq sequence number of the SYN that is answered
     * @param check what will prove that the SYN/ACK arrived where it was sent
     * @param probe whether that shall move nothing
     */
    record Reply(int requestSeq, HandshakeSegment synAck, ProofCheck check, boolean probe) {}

    @FunctionalInterface
    interface ProofCheck {
        boolean isProof(SegmentView segment, long nowNanos);

        /** What {@link Exchange#thawReply} needs beside the answer itself. */
        default void freeze(StateWriter out) {}
    }
}
