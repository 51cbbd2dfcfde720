package net.sojourn.tun.nft;

import java.io.IOException;

/** nftables did not take a rule, or is not there. The message says which and what to do. */
public final class NftException extends IOException {

    public NftException(String message) {
        super(message);
    }

    NftException(String message, Throwable cause) {
        super(message, cause);
    }
}
