/** nftables: rules that live exactly as long as the process that made them. */
@NullMarked
package net.sojourn.tun.nft;

import org.jspecify.annotations.NullMarked;
