package net.sojourn.stack.wire;

/** Kinds and lengths of the TCP options the stack itself uses (IANA, RFC 9293 3.1, RFC 7323, RFC 2018). */
public final class TcpOption {

    public static final int END = 0;
    public static final int NO_OPERATION = 1;
    public static final int MAXIMUM_SEGMENT_SIZE = 2;
    public static final int WINDOW_SCALE = 3;
    public static final int SACK_PERMITTED = 4;
    public static final int SACK = 5;
    public static final int TIMESTAMPS = 8;
    /** RFC 5482 2. */
    public static final int USER_TIMEOUT = 28;

    /** RFC 7413 4.1.1. */
    public static final int FAST_OPEN = 34;

    public static final int MAXIMUM_SEGMENT_SIZE_BYTES = 4;
    public static final int WINDOW_SCALE_BYTES = 3;
    public static final int SACK_PERMITTED_BYTES = 2;
    public static final int TIMESTAMPS_BYTES = 10;
    public static final int USER_TIMEOUT_BYTES = 4;
    /** Without a cookie: the request for one. */
    public static final int FAST_OPEN_EMPTY_BYTES = 2;

    public static final int SACK_BLOCK_BYTES = 8;

    /** RFC 9293 3.1: data offset 15 leaves 40 octets behind the fixed header. */
    public static final int MAX_OPTION_BYTES = 40;

    /** RFC 7323 2.3. */
    public static final int MAX_WINDOW_SCALE = 14;

    private TcpOption() {}
}
