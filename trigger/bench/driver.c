/* Plays Lambda's Runtime API for one process after the other, in shuffled order, and compares them with the first one.
 * driver ROUNDS EVENTS EVENT_FILE PROGRAM... ; prints medians, ratios as medians of the ratios within a round. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8 };
extern char **environ;
static char in[65536], event[65536 + 512];
static int event_length, api;
struct result { double cold, warm, rss; };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}

static void request(int fd) {
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, in + have, sizeof in - 1 - have);
        if (got <= 0) { fputs("the function ended\n", stderr); exit(1); }
        in[have += (size_t)got] = 0;
        char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
        if (end && have >= (size_t)(end + 4 - in) + (length && length < end ? (size_t)atoi(length + 15) : 0)) return;
    }
}

static void answer(int fd, const char *text, int length) {
    if (write(fd, text, (size_t)length) != length) exit(1);
}

static double peak_kb(pid_t process) {
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %lf", &kb);
    if (status) fclose(status);
    return kb;
}

static struct result run(char *program, int events) {
    static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    char *arguments[] = {program, 0};
    double *warm = calloc((size_t)events, sizeof *warm);
    struct result result;
    pid_t process;
    int one = 1;
    alarm(60); /* a function that never calls must not hang the comparison */
    double start = now();
    if (posix_spawn(&process, program, 0, 0, arguments, environ)) { perror(program); exit(1); }
    int fd = accept4(api, 0, 0, SOCK_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    request(fd);
    result.cold = now() - start;
    for (int i = 0; i < events; i++) {
        start = now();
        answer(fd, event, event_length);
        request(fd);
        warm[i] = now() - start;
        if (!strstr(in, "scopesToAdd")) { fprintf(stderr, "%s: no scopes in\n%s\n", program, in); exit(1); }
        answer(fd, ACCEPTED, sizeof ACCEPTED - 1);
        request(fd);
    }
    result.warm = median(warm, events);
    result.rss = peak_kb(process) / 1024;
    kill(process, SIGKILL);
    waitpid(process, 0, 0);
    close(fd);
    free(warm);
    return result;
}

static void listen_here(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    char address[32];
    api = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(api, (struct sockaddr *)&at, sizeof at) || listen(api, 8)) exit(1);
    getsockname(api, (struct sockaddr *)&at, &size);
    snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(at.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", address, 1);
}

static void read_event(const char *path) {
    static char body[65536];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(body, 1, sizeof body - 1, file) : 0;
    while (length && body[length - 1] == '\n') length--;
    event_length = snprintf(event, sizeof event,
                            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
                            "Lambda-Runtime-Deadline-Ms: 9999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\n"
                            "Content-Length: %zu\r\n\r\n%.*s", length, (int)length, body);
}

int main(int count, char **arguments) {
    int rounds = atoi(arguments[1]), events = atoi(arguments[2]), programs = count - 4;
    struct result *all[MOST];
    if (programs < 1 || programs > MOST) return 2;
    for (int p = 0; p < programs; p++) all[p] = calloc((size_t)rounds, sizeof **all);
    read_event(arguments[3]);
    listen_here();
    srand(1);
    for (int r = -1; r < rounds; r++) { /* the first round warms the page cache */
        int order[MOST];
        for (int p = 0; p < programs; p++) order[p] = p;
        for (int p = programs - 1; p > 0; p--) {
            int other = rand() % (p + 1), kept = order[p];
            order[p] = order[other], order[other] = kept;
        }
        for (int p = 0; p < programs; p++) {
            struct result result = run(arguments[4 + order[p]], events);
            if (r >= 0) all[order[p]][r] = result;
        }
    }
    printf("%-44s %8s %7s %8s %7s %7s\n", "program", "cold us", "x", "warm us", "x", "RSS MB");
    for (int p = 0; p < programs; p++) {
        double *values = calloc((size_t)rounds, sizeof *values), shown[5];
        for (int column = 0; column < 5; column++) {
            for (int r = 0; r < rounds; r++) {
                struct result *mine = &all[p][r], *floor = &all[0][r];
                values[r] = column == 0 ? mine->cold : column == 1 ? mine->cold / floor->cold : column == 2 ? mine->warm
                          : column == 3 ? mine->warm / floor->warm : mine->rss;
            }
            shown[column] = median(values, rounds);
        }
        printf("%-44s %8.0f %7.2f %8.1f %7.2f %7.1f\n", arguments[4 + p], shown[0], shown[1], shown[2], shown[3], shown[4]);
    }
}
