package net.sojourn.stack.machine;

/** What the stack counts, by the names of RFC 4022, RFC 4293 or Linux where they exist: the only home of each. */
public enum Counter {
    PACKETS_IN("InReceives", "IP packets handed up by the port"),
    PACKETS_OUT("OutRequests", "IP packets handed to the port"),
    PACKETS_REFUSED("OutDiscards", "IP packets the port could not take"),
    FRAGMENTS_IN("ReasmReqds", "fragments received"),
    REASSEMBLIES_FAILED("ReasmFails", "IP packets given up for want of a fragment or of memory"),
    FRAGMENTS_REASSEMBLED("ReasmOKs", "IP packets put together from fragments"),
    ICMP_IN("InMsgs", "ICMP messages received"),
    ICMP_OUT("OutMsgs", "ICMP messages sent"),
    ECHO_REPLIES("OutEchoReps", "echo replies sent"),
    SEGMENTS_IN("InSegs", "TCP segments received, bad ones included"),
    SEGMENTS_OUT("OutSegs", "TCP segments sent, retransmissions included"),
    SEGMENTS_RETRANSMITTED("RetransSegs", "segments sent again, by time-out and fast alike"),
    RESETS_OUT("OutRsts", "segments sent with RST"),
    RESETS_SUPPRESSED("OutRstsSuppressed", "resets withheld by their rate limit"),
    CHALLENGE_ACKS("TCPChallengeACK", "challenge ACKs sent (RFC 5961)"),
    CHALLENGE_ACKS_SUPPRESSED("TCPACKSkippedChallenge", "challenge ACKs withheld by their rate limit"),
    ACKS_SUPPRESSED("TCPACKSkippedSeq", "ACKs to segments outside the window withheld by their rate limit"),
    TIME_WAITS_CUT_SHORT("TCPTimeWaitOverflow", "connections whose TIME-WAIT ended early because too many waited"),
    ACTIVE_OPENS("ActiveOpens", "connections we initiated"),
    PASSIVE_OPENS("PassiveOpens", "connections we accepted"),
    ATTEMPT_FAILS("AttemptFails", "connections that ended before they were established"),
    ESTABLISHED_RESETS("EstabResets", "established connections that ended by a reset or an error"),
    RETRANSMISSION_TIMEOUTS("TCPTimeouts", "retransmission timer expirations"),
    FAST_RECOVERIES("TCPFastRecovery", "recoveries begun by duplicate or selective acknowledgements"),
    TAIL_LOSS_PROBES("TCPLossProbes", "tail loss probes sent (RFC 8985 7)"),
    SPURIOUS_RETRANSMISSIONS("TCPSpuriousRTOs", "recoveries undone because nothing had been lost"),
    CE_MARKED_IN("InCEPkts", "segments received with text that a router had marked (RFC 3168)"),
    ECN_REDUCTIONS("TCPECNReductions", "congestion windows reduced because the peer echoed a mark"),
    DUPLICATES_REPORTED("TCPDSACKRecv", "duplicates that a peer reported (RFC 2883)"),
    MTU_BLACK_HOLES("TCPMTUBlackHoles", "segment sizes reduced because nothing else would pass (RFC 4821)"),
    MTU_PROBES("TCPMTUProbes", "probes for a larger path MTU sent"),
    MTU_PROBES_LOST("TCPMTUPFail", "probes for a larger path MTU that did not arrive"),
    ZERO_WINDOW_PROBES("TCPWinProbe", "zero-window probes sent"),
    KEEPALIVES("TCPKeepAlive", "keep-alive segments sent"),
    DELAYED_ACKS("DelayedACKs", "delayed acknowledgements sent by their timer"),
    DUPLICATE_SEGMENTS("TCPDSACKOldSent", "segments that brought only octets we had"),
    OUT_OF_ORDER_SEGMENTS("TCPOFOQueue", "segments kept for reassembly"),
    SYN_COOKIES_SENT("SyncookiesSent", "SYNs answered by a cookie because too many connections were half open"),
    SYN_COOKIES_ACCEPTED("SyncookiesRecv", "connections established by a cookie"),
    SYN_COOKIES_FAILED("SyncookiesFailed", "segments that acknowledged no cookie of ours"),
    FAST_OPENS_OUT("TCPFastOpenActive", "SYNs sent with text and a cookie (RFC 7413)"),
    FAST_OPENS_OUT_FAILED("TCPFastOpenActiveFail", "of those, whose text was not taken"),
    FAST_OPENS_IN("TCPFastOpenPassive", "SYNs whose text was taken for their cookie"),
    FAST_OPENS_IN_REFUSED("TCPFastOpenPassiveFail", "SYNs with a cookie that was not ours"),
    FAST_OPEN_COOKIES_GIVEN("TCPFastOpenCookieReqd", "SYNs that asked for a cookie and got one"),
    FAST_OPEN_OVERFLOWS("TCPFastOpenListenOverflow", "good cookies whose text was left because too many waited"),
    ACCEPT_QUEUE_OVERFLOWS("ListenOverflows", "handshakes not completed because a listener was full"),
    SYNS_DROPPED("ListenDrops", "SYNs dropped because a listener was full"),
    MOVES("Moves", "connections moved to another path");

    private final String mibName;
    private final String sentence;

    Counter(String mibName, String sentence) {
        this.mibName = mibName;
        this.sentence = sentence;
    }

    public String mibName() {
        return mibName;
    }

    public String sentence() {
        return sentence;
    }
}
