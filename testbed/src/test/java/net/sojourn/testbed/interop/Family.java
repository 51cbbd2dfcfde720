package net.sojourn.testbed.interop;

import net.sojourn.stack.IpAddress;

/** The addresses of one family on an {@link InteropBed}. */
enum Family {
    IPV4("10.7.0.1", "10.7.0.2", "/24", "10.8.0.1", "10.8.0.2", "10.99.0.1"),
    IPV6("2001:db8:7::1", "2001:db8:7::2", "/64", "2001:db8:8::1", "2001:db8:8::2", "2001:db8:7::99");

    /** The kernel's end of the stack's device. */
    final IpAddress near;

    final IpAddress stack;
    final String prefix;
    /** The router's end of the emulated link. */
    final IpAddress router;

    /** The kernel at the other end of the emulated link. */
    final IpAddress far;

    /** Where nobody is, and nobody says so. */
    final IpAddress nobody;

    Family(String near, String stack, String prefix, String router, String far, String nobody) {
        this.near = IpAddress.parse(near);
        this.stack = IpAddress.parse(stack);
        this.prefix = prefix;
        this.router = IpAddress.parse(router);
        this.far = IpAddress.parse(far);
        this.nobody = IpAddress.parse(nobody);
    }
}
