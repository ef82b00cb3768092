/* sender INTERFACE FRAMES RATE SECONDS [PLACE]: send the frames of a file (each: 4 bytes of length, then the bytes) round
 * and round at a fixed rate, past the queueing discipline; at most 60 seconds. Rate 0: as fast as it goes. PLACE: where
 * in each frame a 32-bit number stands that is another one in every packet, such as an address that nobody has.
 * Prints one JSON object. It stays on its rate: who is late catches up in bursts of at most 64. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define MOST_FRAMES 100000
#define BURST 64

static struct mmsghdr message[MOST_FRAMES];
static struct iovec piece[MOST_FRAMES];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static long load(const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) { perror(path); exit(1); }
    unsigned char *data = mmap(0, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    long n = 0;
    for (long at = 0; at + 4 <= st.st_size && n < MOST_FRAMES; n++) {
        unsigned size;
        memcpy(&size, data + at, 4);
        piece[n].iov_base = data + at + 4;
        piece[n].iov_len = size;
        message[n].msg_hdr.msg_iov = &piece[n];
        message[n].msg_hdr.msg_iovlen = 1;
        at += 4 + size;
    }
    return n;
}

/* A multiplication by an odd number meets every 32-bit value once before it repeats one. */
static void renew(long first, long count, long place, unsigned number)
{
    for (long i = 0; i < count; i++) {
        unsigned value = (number + i) * 2654435761u;
        if ((long)piece[first + i].iov_len >= place + 4)
            memcpy((char *)piece[first + i].iov_base + place, &value, 4);
    }
}

static int open_socket(const char *interface)
{
    int s = socket(AF_PACKET, SOCK_RAW, 0), one = 1, room = 1 << 24;
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(interface)};
    if (s < 0 || bind(s, (void *)&to, sizeof to)) { perror(interface); exit(1); }
    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    return s;
}

static void wait_for(double seconds)
{
    if (seconds > 60e-6) {
        struct timespec t = {0, (long)((seconds - 50e-6) * 1e9)};
        nanosleep(&t, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6) { fprintf(stderr, "sender INTERFACE FRAMES RATE SECONDS [PLACE]\n"); return 2; }
    long n = load(argv[2]), sent = 0, at = 0, place = argc == 6 ? atol(argv[5]) : 0;
    int s = open_socket(argv[1]);
    double rate = atof(argv[3]), seconds = atof(argv[4]);
    if (seconds > 60) seconds = 60;
    long all = rate > 0 ? (long)(rate * seconds) : 2000000000L;
    double begun = now();
    while (sent < all) {
        double past = now() - begun;
        if (past > seconds + (rate > 0 ? 2 : 0)) break;
        long due = rate > 0 ? (long)(past * rate) + 1 - sent : BURST;
        if (due <= 0) { wait_for((sent + 1) / rate - past); continue; }
        if (due > BURST) due = BURST;
        if (due > all - sent) due = all - sent;
        if (due > n - at) due = n - at;
        if (place) renew(at, due, place, (unsigned)sent);
        int done = sendmmsg(s, message + at, due, 0);
        if (done < 0 && errno != ENOBUFS && errno != EAGAIN) { perror("send"); return 1; }
        if (done > 0) { sent += done; at = (at + done) % n; }
    }
    double took = now() - begun;
    printf("{\"sent\": %ld, \"seconds\": %.3f, \"rate\": %.0f}\n", sent, took, sent / took);
    return 0;
}
