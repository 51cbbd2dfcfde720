/**
 * Emulated links: {@link net.sojourn.testbed.link.LinkModel} decides in pure virtual time what becomes of each packet,
 * {@link net.sojourn.testbed.link.LinkForwarder} applies it in real time between TUN devices of two network namespaces.
 * The kernel's own emulator (netem) is often missing from kernels for virtual machines; this needs nothing but TUN.
 */
@NullMarked
package net.sojourn.testbed.link;

import org.jspecify.annotations.NullMarked;
