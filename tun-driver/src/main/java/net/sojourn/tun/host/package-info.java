/** What this product asks of the host beside its TUN device. */
@NullMarked
package net.sojourn.tun.host;

import org.jspecify.annotations.NullMarked;
