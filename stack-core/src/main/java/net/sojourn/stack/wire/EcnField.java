package net.sojourn.stack.wire;

/** Codepoints of the ECN field, the two low bits of the traffic class (RFC 3168 5, RFC 8311 4.2: ECT(1) is not for us). */
public final class EcnField {

    public static final int NOT_ECT = 0b00;
    public static final int ECT_0 = 0b10;
    public static final int CONGESTION_EXPERIENCED = 0b11;

    private EcnField() {}
}
