/*
 * The other end of every measurement: kernel sockets that load the stack at ADDRESS. Each mode prints one line, "result"
 * and its figures, or "failed" and why.
 *
 *   driver receive ADDRESS WARM-UP SECONDS PID...   to discard: bits/s acknowledged, CPU seconds of the PIDs per 10^9 octets,
 *                                                   share of the processors that went to neither the PIDs nor the driver
 *   driver send    ADDRESS WARM-UP SECONDS PID...   from source: the same of what was read
 *   driver echo    ADDRESS ROUNDS                   one octet there and back: median and 99th percentile in microseconds
 *   driver accept  ADDRESS WARM-UP SECONDS AT-ONCE  connect, shut down, read the end, close: connections/s
 *   driver hold    ADDRESS PORT COUNT PID...        opens COUNT connections, says "held"; for each line of standard input,
 *                                                   a number, sends so many octets there and back, on each connection in
 *                                                   turn: microseconds of the PIDs' CPU for one, and of that in user mode
 *   driver flood   ADDRESS OCTETS SECONDS           UDP as fast as it goes
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 7, DISCARD = 9, ACCEPT = 13, SOURCE = 19, FLOOD = 5000 };

static const char *address;
static char buffer[256 * 1024];

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
    printf("failed to %s: %s\n", what, strerror(errno));
    exit(1);
}

struct cpu { double all, user; };

/* What the processes named from argv[first] on have used, in seconds. */
static struct cpu cpu_used(char **argv, int first) {
    struct cpu used = {0, 0};
    double second = sysconf(_SC_CLK_TCK);
    for (int i = first; argv[i]; i++) {
        char path[64], line[1024], *fields;
        unsigned long user, system;
        snprintf(path, sizeof path, "/proc/%s/stat", argv[i]);
        FILE *file = fopen(path, "r");
        if (!file || !fgets(line, sizeof line, file) || !(fields = strrchr(line, ')'))
            || sscanf(fields + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
            fail("read the CPU time of a measured process");
        fclose(file);
        used.user += user / second;
        used.all += (user + system) / second;
    }
    return used;
}

/* What all processors have done since the machine was started, in seconds; the hypervisor's other guests included. */
static double busy_seconds(void) {
    unsigned long long user, nice, system, interrupts, soft_interrupts, stolen;
    FILE *file = fopen("/proc/stat", "r");
    if (!file || fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system, &interrupts,
                        &soft_interrupts, &stolen) != 6)
        fail("read the CPU time of the machine");
    fclose(file);
    return (double)(user + nice + system + interrupts + soft_interrupts + stolen) / sysconf(_SC_CLK_TCK);
}

static double own_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/*
 * A socket from the nth address of 10.7.1.0/24. For connect() the kernel tries every second port of an address, one by one:
 * once some 32,000 of its connections are in TIME-WAIT each call takes milliseconds, so there must be many addresses.
 */
static int open_socket(int port, int flags, long n, struct sockaddr_in *to) {
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0), one = 1;
    if (fd < 0) fail("make a socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    if (n >= 0) {
        struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a070100 + n % 256)};
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (void *)&from, sizeof from)) fail("bind a source address");
    }
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &to->sin_addr);
    return fd;
}

static int connected(int port, long n) {
    struct sockaddr_in to;
    int fd = open_socket(port, 0, n, &to);
    struct timeval limit = {20, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (void *)&to, sizeof to)) fail("connect");
    return fd;
}

static uint64_t acknowledged(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length)) fail("read TCP_INFO");
    return info.tcpi_bytes_acked;
}

static void bulk(char **argv, int receive) {
    double warm_up = atof(argv[3]), seconds = atof(argv[4]);
    int fd = connected(receive ? DISCARD : SOURCE, -1);
    /* Lets a slow path be watched: a write must not wait for longer than a moment. */
    struct timeval moment = {0, 50000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
    double start = seconds_now(), cpu = 0, others = 0;
    uint64_t octets = 0, before = 0;
    for (int measuring = 0;;) {
        ssize_t n = receive ? write(fd, buffer, sizeof buffer) : read(fd, buffer, sizeof buffer);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) fail(receive ? "write" : "read");
        if (n > 0) octets += n;
        double elapsed = seconds_now() - start;
        if (!measuring && elapsed >= warm_up) {
            measuring = 1;
            before = receive ? acknowledged(fd) : octets;
            cpu = cpu_used(argv, 5).all;
            others = busy_seconds() - own_seconds() - cpu;
            start = seconds_now();
        } else if (measuring && elapsed >= seconds) {
            uint64_t measured = (receive ? acknowledged(fd) : octets) - before;
            double used = cpu_used(argv, 5).all;
            others = busy_seconds() - own_seconds() - used - others;
            others /= elapsed * sysconf(_SC_NPROCESSORS_ONLN);
            printf("result %.0f %.5f %.4f\n", measured * 8 / elapsed, measured ? (used - cpu) / (measured / 1e9) : 0,
                   others < 0 ? 0 : others);
            return;
        }
    }
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void echo(char **argv) {
    enum { WARM_UP = 5000 };
    long rounds = atol(argv[3]), measured = 0;
    double *micros = malloc(rounds * sizeof *micros), limit = seconds_now() + 30;
    int fd = connected(ECHO, -1);
    char octet = 'o';
    for (long i = -WARM_UP; i < rounds && seconds_now() < limit; i++) {
        double start = seconds_now();
        if (write(fd, &octet, 1) != 1 || read(fd, &octet, 1) != 1) fail("send an octet there and back");
        if (i >= 0) micros[measured++] = (seconds_now() - start) * 1e6;
    }
    if (measured == 0) { errno = ETIMEDOUT; fail("finish the warm-up"); }
    qsort(micros, measured, sizeof *micros, by_size);
    printf("result %.2f %.2f\n", micros[measured / 2], micros[measured * 99 / 100]);
}

struct visit { int fd, shut; };

static void begin_visit(int poller, struct visit *visit, long n) {
    struct sockaddr_in to;
    visit->fd = open_socket(ACCEPT, SOCK_NONBLOCK, n, &to);
    visit->shut = 0;
    if (connect(visit->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) fail("connect");
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = visit};
    epoll_ctl(poller, EPOLL_CTL_ADD, visit->fd, &event);
}

static void accept_rate(char **argv) {
    double warm_up = atof(argv[3]), seconds = atof(argv[4]);
    int at_once = atoi(argv[5]), poller = epoll_create1(0), measuring = 0;
    struct visit *visits = calloc(at_once, sizeof *visits);
    struct epoll_event events[64];
    long begun = 0, done = 0, lost = 0;
    for (int i = 0; i < at_once; i++) begin_visit(poller, &visits[i], begun++);
    double start = seconds_now(), elapsed = 0;
    while (elapsed < seconds || !measuring) {
        int n = epoll_wait(poller, events, 64, 100);
        for (int i = 0; i < n; i++) {
            struct visit *visit = events[i].data.ptr;
            if (!visit->shut && !(events[i].events & (EPOLLERR | EPOLLHUP))) {
                shutdown(visit->fd, SHUT_WR);
                visit->shut = 1;
                struct epoll_event event = {.events = EPOLLIN, .data.ptr = visit};
                epoll_ctl(poller, EPOLL_CTL_MOD, visit->fd, &event);
                continue;
            }
            char octet;
            if (visit->shut && read(visit->fd, &octet, 1) == 0) done++; else lost++;
            close(visit->fd);
            begin_visit(poller, visit, begun++);
        }
        elapsed = seconds_now() - start;
        if (!measuring && elapsed >= warm_up) {
            measuring = 1;
            start += elapsed;
            elapsed = done = lost = 0;
        }
    }
    if (lost * 100 > done) { errno = ECONNRESET; fail("keep every connection"); }
    printf("result %.1f\n", done / elapsed);
}

/*
 * An octet there and back on AT_ONCE connections from the nth on. Each answer is acknowledged at once: so one takes two packets
 * to the stack and one from it however many connections there are. Left alone a connection that is soon used again has the
 * acknowledgement in its next packet, and one among very many has not.
 */
enum { AT_ONCE = 10 };

static void there_and_back(const int *fds, long count, long n) {
    char octet = 'o';
    int one = 1;
    for (int i = 0; i < AT_ONCE; i++)
        if (write(fds[(n + i) % count], &octet, 1) != 1) fail("send an octet");
    for (int i = 0; i < AT_ONCE; i++) {
        int fd = fds[(n + i) % count];
        if (read(fd, &octet, 1) != 1) fail("get an octet back");
        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    }
}

static void hold(char **argv) {
    int port = atoi(argv[3]);
    long count = atol(argv[4]);
    struct rlimit files = {count + 100, count + 100};
    setrlimit(RLIMIT_NOFILE, &files);
    int *fds = malloc(count * sizeof *fds);
    for (long i = 0; i < count; i++) fds[i] = connected(port, i);
    printf("held\n");
    fflush(stdout);
    while (fgets(buffer, sizeof buffer, stdin)) {
        struct cpu before = cpu_used(argv, 5);
        long octets = 0, wanted = atol(buffer);
        for (; octets < wanted; octets += AT_ONCE) there_and_back(fds, count, octets);
        struct cpu after = cpu_used(argv, 5);
        printf("result %.4f %.4f\n", (after.all - before.all) * 1e6 / octets, (after.user - before.user) * 1e6 / octets);
        fflush(stdout);
    }
}

static void flood(char **argv) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), octets = atoi(argv[3]);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(FLOOD)};
    inet_pton(AF_INET, address, &to.sin_addr);
    double end = seconds_now() + atof(argv[4]);
    while (seconds_now() < end)
        for (int i = 0; i < 100; i++) sendto(fd, buffer, octets, 0, (void *)&to, sizeof to);
    printf("result 0\n");
}

int main(int argc, char **argv) {
    static const struct { const char *name; int least; } modes[] = {
        {"receive", 5}, {"send", 5}, {"echo", 4}, {"accept", 6}, {"hold", 5}, {"flood", 5}};
    int mode = 0;
    while (mode < 6 && (argc < 2 || strcmp(argv[1], modes[mode].name))) mode++;
    if (mode == 6 || argc < modes[mode].least) {
        fprintf(stderr, "usage: driver receive|send|echo|accept|hold|flood ADDRESS ...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    address = argv[2];
    switch (mode) {
    case 0: case 1: bulk(argv, mode == 0); break;
    case 2: echo(argv); break;
    case 3: accept_rate(argv); break;
    case 4: hold(argv); break;
    case 5: flood(argv); break;
    }
    return 0;
}
