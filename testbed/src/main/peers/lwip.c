/*
 * The services of a peer on lwIP's raw API, over a TUN netif of our own: lwip DEVICE ADDRESS MTU. Prints "ready".
 *
 * Packets are fed under the core lock by the thread that reads them, so none crosses a mailbox. Buffers, segment size and
 * options are as the Debian package was compiled: windows of 65,535 octets, segments of 1,460, no SACK, no timestamps.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "lwip/tcpip.h"

enum { ECHO = 7, DISCARD = 9, HOLD = 11, ACCEPT = 13, SOURCE = 19, DIAL = 21 };

static int tun, mtu;
static char sink[65536], zeros[65536];
static volatile int running;

static err_t transmit(struct netif *netif, struct pbuf *packet, const ip4_addr_t *next) {
    static char flat[65536];
    const void *octets = packet->payload;
    (void)netif, (void)next;
    if (packet->next) {
        pbuf_copy_partial(packet, flat, packet->tot_len, 0);
        octets = flat;
    }
    while (write(tun, octets, packet->tot_len) < 0) {
        if (errno != EAGAIN && errno != EINTR) return ERR_IF;
        struct pollfd wait = {tun, POLLOUT, 0};
        poll(&wait, 1, 10);
    }
    return ERR_OK;
}

static err_t start_netif(struct netif *netif) {
    netif->name[0] = 't', netif->name[1] = 'n';
    netif->mtu = mtu;
    netif->output = transmit;
    netif->flags |= NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static err_t end(struct tcp_pcb *pcb) {
    tcp_recv(pcb, NULL), tcp_sent(pcb, NULL), tcp_poll(pcb, NULL, 0), tcp_err(pcb, NULL);
    if (tcp_close(pcb) == ERR_OK) return ERR_OK;
    tcp_abort(pcb);
    return ERR_ABRT;
}

static err_t discard(void *argument, struct tcp_pcb *pcb, struct pbuf *text, err_t error) {
    (void)argument, (void)error;
    if (!text) return end(pcb);
    pbuf_copy_partial(text, sink, text->tot_len, 0); /* as an application would */
    tcp_recved(pcb, text->tot_len);
    pbuf_free(text);
    return ERR_OK;
}

/* What one connection has yet to echo. */
struct echo {
    struct pbuf *held;
    int ended;
};

static err_t echo_on(struct echo *echo, struct tcp_pcb *pcb) {
    while (echo->held && tcp_sndbuf(pcb) > 0) {
        u16_t length = LWIP_MIN(echo->held->len, tcp_sndbuf(pcb));
        if (tcp_write(pcb, echo->held->payload, length, TCP_WRITE_FLAG_COPY) != ERR_OK) break;
        tcp_recved(pcb, length);
        echo->held = pbuf_free_header(echo->held, length);
    }
    if (!echo->held && echo->ended) {
        free(echo);
        return end(pcb);
    }
    return tcp_output(pcb);
}

static err_t echo_text(void *argument, struct tcp_pcb *pcb, struct pbuf *text, err_t error) {
    struct echo *echo = argument;
    (void)error;
    if (!text) echo->ended = 1;
    else if (echo->held) pbuf_cat(echo->held, text);
    else echo->held = text;
    return echo_on(echo, pcb);
}

static err_t echo_acknowledged(void *argument, struct tcp_pcb *pcb, u16_t acknowledged) {
    (void)acknowledged;
    return echo_on(argument, pcb);
}

static err_t echo_again(void *argument, struct tcp_pcb *pcb) {
    return echo_on(argument, pcb);
}

static void echo_gone(void *argument, err_t error) {
    struct echo *echo = argument;
    (void)error;
    if (echo->held) pbuf_free(echo->held);
    free(echo);
}

static err_t serve_echo(struct tcp_pcb *pcb) {
    struct echo *echo = calloc(1, sizeof *echo);
    if (!echo) return ERR_MEM;
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, echo);
    tcp_recv(pcb, echo_text), tcp_sent(pcb, echo_acknowledged), tcp_poll(pcb, echo_again, 1), tcp_err(pcb, echo_gone);
    return ERR_OK;
}

static err_t dialled(void *argument, struct tcp_pcb *pcb, err_t error) {
    (void)argument;
    return error == ERR_OK ? serve_echo(pcb) : error;
}

/* The first two octets name a port of the client's to connect to. */
static err_t dial(void *argument, struct tcp_pcb *pcb, struct pbuf *text, err_t error) {
    unsigned char port[2];
    (void)argument, (void)error;
    if (!text) return end(pcb);
    if (pbuf_copy_partial(text, port, 2, 0) == 2) {
        struct tcp_pcb *other = tcp_new();
        if (other && tcp_connect(other, &pcb->remote_ip, port[0] << 8 | port[1], dialled) != ERR_OK) tcp_abort(other);
    }
    tcp_recved(pcb, text->tot_len);
    pbuf_free(text);
    return ERR_OK;
}

static err_t fill(void *argument, struct tcp_pcb *pcb, u16_t acknowledged) {
    (void)argument, (void)acknowledged;
    while (tcp_sndbuf(pcb) >= tcp_mss(pcb)) {
        u32_t length = LWIP_MIN((u32_t)tcp_sndbuf(pcb), 8u * tcp_mss(pcb));
        if (tcp_write(pcb, zeros, length, TCP_WRITE_FLAG_COPY) != ERR_OK) break;
    }
    return tcp_output(pcb);
}

static err_t fill_again(void *argument, struct tcp_pcb *pcb) {
    return fill(argument, pcb, 0);
}

static err_t accepted(void *port, struct tcp_pcb *pcb, err_t error) {
    if (error != ERR_OK || !pcb) return ERR_VAL;
    if ((long)port == ECHO) return serve_echo(pcb);
    tcp_nagle_disable(pcb);
    tcp_recv(pcb, (long)port == DIAL ? dial : discard);
    if ((long)port == SOURCE) {
        tcp_sent(pcb, fill);
        tcp_poll(pcb, fill_again, 1);
        fill(NULL, pcb, 0);
    }
    return ERR_OK;
}

static void serve(int port) {
    struct tcp_pcb *pcb = tcp_new();
    if (tcp_bind(pcb, IP4_ADDR_ANY, port) != ERR_OK) {
        fprintf(stderr, "cannot bind port %d\n", port);
        exit(1);
    }
    pcb = tcp_listen_with_backlog(pcb, 255);
    tcp_arg(pcb, (void *)(long)port);
    tcp_accept(pcb, accepted);
}

static void started(void *argument) {
    (void)argument;
    running = 1;
}

int main(int argc, char **argv) {
    static char octets[65536];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    struct netif netif;
    ip4_addr_t address, mask, gateway;
    if (argc != 4) return fprintf(stderr, "usage: lwip DEVICE ADDRESS MTU\n"), 2;
    mtu = atoi(argv[3]);
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request)) return perror("make the TUN device"), 1;
    tcpip_init(started, NULL);
    while (!running) usleep(1000);
    ip4addr_aton(argv[2], &address);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 7, 0, 1);
    LOCK_TCPIP_CORE();
    memset(&netif, 0, sizeof netif);
    netif_add(&netif, &address, &mask, &gateway, NULL, start_netif, ip_input);
    netif_set_default(&netif);
    netif_set_link_up(&netif);
    netif_set_up(&netif);
    serve(ECHO), serve(DISCARD), serve(HOLD), serve(ACCEPT), serve(SOURCE), serve(DIAL);
    UNLOCK_TCPIP_CORE();
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd wait = {tun, POLLIN, 0};
        if (poll(&wait, 1, -1) < 0 || wait.revents & POLLERR) { usleep(10000); }
        LOCK_TCPIP_CORE();
        for (int i = 0; i < 64; i++) {
            ssize_t n = read(tun, octets, sizeof octets);
            if (n <= 0) break;
            struct pbuf *packet = pbuf_alloc(PBUF_RAW, n, PBUF_RAM);
            if (!packet) continue;
            pbuf_take(packet, octets, n);
            if (netif.input(packet, &netif) != ERR_OK) pbuf_free(packet);
        }
        UNLOCK_TCPIP_CORE();
    }
}
