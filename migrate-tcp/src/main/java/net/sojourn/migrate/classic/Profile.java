package net.sojourn.migrate.classic;

import net.sojourn.migrate.crypto.Curve;
import net.sojourn.stack.spi.SegmentView;

/** Which option kinds name the two options on the wire; the hashes are the same in both. Both ends must agree. */
public enum Profile {
    /** Kind 253 with an experiment identifier (RFC 6994) for each option and curve: the default. */
    EXID(253, new byte[] {0x4D, 0x50}, 253, new byte[] {0x4D, 0x52}),
    /** Kinds 15 and 16 and a Curve ID as published. IANA gives them to others: for laboratories only. */
    PAPER(15, new byte[0], 16, new byte[0]);

    private final int permittedKind;
    private final byte[] permittedExId;
    private final int migrateKind;
    private final byte[] migrateExId;

    Profile(int permittedKind, byte[] permittedExId, int migrateKind, byte[] migrateExId) {
        this.permittedKind = permittedKind;
        this.permittedExId = permittedExId;
        this.migrateKind = migrateKind;
        this.migrateExId = migrateExId;
    }

    public int permittedKind() {
        return permittedKind;
    }

    public int migrateKind() {
        return migrateKind;
    }

    /** Octets of a secure Migrate-Permitted option. */
    public int permittedOctets() {
        return this == EXID ? 21 : 20;
    }

    /** Octets of a Migrate option. */
    public int migrateOctets() {
        return this == EXID ? 21 : 19;
    }

    /** Whether the Curve ID travels as an octet of its own (else the ExID stands for {@link Curve#P192}). */
    boolean hasCurveOctet() {
        return this == PAPER;
    }

    byte[] permittedExId() {
        return permittedExId;
    }

    byte[] migrateExId() {
        return migrateExId;
    }

    /** The Migrate-Permitted option of {@code segment} as it came; empty array if there is none. */
    public byte[] permittedIn(SegmentView segment) {
        return segment.option(permittedKind, permittedExId);
    }

    /** The Migrate option of {@code segment} as it came; empty array if there is none. */
    public byte[] migrateIn(SegmentView segment) {
        return segment.option(migrateKind, migrateExId);
    }
}
