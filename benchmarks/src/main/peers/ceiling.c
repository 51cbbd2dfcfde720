/*
 * The least that anything behind a TUN must do: one system call for each packet, nothing else.
 *
 *   ceiling read  DEVICE OCTETS SECONDS     reads packets of OCTETS
 *   ceiling write DEVICE OCTETS SECONDS     writes UDP packets of OCTETS to an address that nobody has
 *
 * Makes the device, prints "ready", and after SECONDS from the first packet on "result" and bits/s of IP packets.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static unsigned char packet[65536];

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void compose(int octets) {
    static const unsigned char header[] = {
        0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 7, 0, 2, 192, 0, 2, 1, 0x13, 0x88, 0x13, 0x88};
    memcpy(packet, header, sizeof header);
    packet[2] = octets >> 8, packet[3] = octets;
    packet[24] = (octets - 20) >> 8, packet[25] = octets - 20;
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) sum += packet[i] << 8 | packet[i + 1];
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = ~sum >> 8, packet[11] = ~sum;
}

int main(int argc, char **argv) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (argc != 5 || tun < 0) return fprintf(stderr, "usage, as root: ceiling read|write DEVICE OCTETS SECONDS\n"), 2;
    int reading = !strcmp(argv[1], "read"), octets = atoi(argv[3]);
    strncpy(request.ifr_name, argv[2], IFNAMSIZ - 1);
    if (ioctl(tun, TUNSETIFF, &request)) return perror("TUNSETIFF"), 1;
    compose(octets);
    puts("ready");
    fflush(stdout);
    double start = 0, elapsed = 0, seconds = atof(argv[4]), bits = 0;
    while (elapsed < seconds) {
        for (int i = 0; i < 64; i++) {
            ssize_t n = reading ? read(tun, packet, sizeof packet) : write(tun, packet, octets);
            if (n > 0) {
                if (start == 0) start = seconds_now();
                bits += n * 8.0;
            } else {
                struct pollfd wait = {tun, POLLIN, 0};
                poll(&wait, 1, 1);
                break;
            }
        }
        if (start != 0) elapsed = seconds_now() - start;
    }
    printf("result %.0f\n", bits / elapsed);
    return 0;
}
