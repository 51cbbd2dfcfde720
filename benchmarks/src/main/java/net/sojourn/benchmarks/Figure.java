package net.sojourn.benchmarks;

/** One thing that is measured, seen from the measured stack; its title names the circumstances, its unit the numbers. */
enum Figure {
    RECEIVE("Bulk receive, MTU 1500, vnet header", "Gbit/s", 2, true),
    SEND("Bulk send, MTU 1500, vnet header", "Gbit/s", 2, true),
    RECEIVE_CPU("CPU of bulk receive, MTU 1500, vnet header", "s/GB", 3, false),
    SEND_CPU("CPU of bulk send, MTU 1500, vnet header", "s/GB", 3, false),
    RECEIVE_PLAIN("Bulk receive, MTU 1500, no offload", "Gbit/s", 3, true),
    SEND_PLAIN("Bulk send, MTU 1500, no offload", "Gbit/s", 3, true),
    RECEIVE_PLAIN_CPU("CPU of bulk receive, MTU 1500, no offload", "s/GB", 2, false),
    SEND_PLAIN_CPU("CPU of bulk send, MTU 1500, no offload", "s/GB", 2, false),
    RECEIVE_LARGE("Bulk receive, MTU 65535", "Gbit/s", 2, true),
    SEND_LARGE("Bulk send, MTU 65535", "Gbit/s", 2, true),
    RECEIVE_LARGE_CPU("CPU of bulk receive, MTU 65535", "s/GB", 3, false),
    SEND_LARGE_CPU("CPU of bulk send, MTU 65535", "s/GB", 3, false),
    ECHO_MEDIAN("One octet there and back, median", "µs", 1, false),
    ECHO_P99("One octet there and back, 99th percentile", "µs", 1, false),
    ECHO_LOOP("The same, answered on the stack's thread, median", "µs", 1, false),
    ECHO_BUSY("The same with busy poll of 50 µs, median", "µs", 1, false),
    CONNECTIONS("Passive connections, opened and closed", "per s", 0, true),
    CONNECTIONS_LOOP("The same, answered on the stack's thread", "per s", 0, true),
    IDLE_MEMORY("Memory for each idle connection", "KiB", 2, false),
    SEGMENT_FEW("CPU of one octet there and back, 10 connections in turn", "µs", 2, false),
    SEGMENT_MANY("CPU of one octet there and back, all idle connections in turn", "µs", 2, false),
    SEGMENT_FEW_OWN("Of that in user mode, 10 connections in turn", "µs", 2, false),
    SEGMENT_MANY_OWN("Of that in user mode, all idle connections in turn", "µs", 2, false),
    LOSS_RECEIVE("Goodput of receive, 1 % loss each way, RTT 20 ms", "Mbit/s", 2, true),
    LOSS_SEND("Goodput of send, 1 % loss each way, RTT 20 ms", "Mbit/s", 2, true);

    final String title;
    final String unit;
    final int decimals;
    final boolean moreIsBetter;

    Figure(String title, String unit, int decimals, boolean moreIsBetter) {
        this.title = title;
        this.unit = unit;
        this.decimals = decimals;
        this.moreIsBetter = moreIsBetter;
    }
}
