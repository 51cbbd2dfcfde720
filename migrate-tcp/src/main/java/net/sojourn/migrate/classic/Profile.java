package net.sojourn.migrate.classic;

import net.sojourn.migrate.crypto.Curve;
import net.sojourn.stack.spi.SegmentView;

/** Which option kinds name the two options on the wire; the hashes are the same in both. Both ends must agree. */
public enum Profile {
    /** Kind 253 with an experiment identifier (RFC 6994) for each option and curve: the default. */
    EXID(253, 253, new byte[] {0x4D, 0x52}),
    /** Kinds 15 and 16 and a Curve ID as published. IANA gives them to others: for laboratories only. */
    PAPER(15, 16, new byte[0]);

    private static final byte[] NO_EX_ID = new byte[0];

    private final int permittedKind;
    private final int migrateKind;
    private final byte[] migrateExId;

    Profile(int permittedKind, int migrateKind, byte[] migrateExId) {
        this.permittedKind = permittedKind;
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

    /** Whether the Curve ID travels as an octet of its own (else the ExID stands for it). */
    boolean hasCurveOctet() {
        return this == PAPER;
    }

    /** Experiment identifier of Migrate-Permitted with {@code curve}; none where the Curve ID travels. */
    byte[] permittedExId(Curve curve) {
        if (hasCurveOctet()) {
            return NO_EX_ID;
        }
        return switch (curve) {
            case P192 -> new byte[] {0x4D, 0x50};
            case K163 -> new byte[] {0x4D, 0x51};
        };
    }

    byte[] migrateExId() {
        return migrateExId;
    }

    /** The Migrate-Permitted option of {@code segment} as it came; empty array if there is none. */
    public byte[] permittedIn(SegmentView segment) {
        for (Curve curve : Curve.values()) {
            byte[] option = segment.option(permittedKind, permittedExId(curve));
            if (option.length > 0) {
                return option;
            }
        }
        return NO_EX_ID;
    }

    /** The Migrate option of {@code segment} as it came; empty array if there is none. */
    public byte[] migrateIn(SegmentView segment) {
        return segment.option(migrateKind, migrateExId);
    }
}
