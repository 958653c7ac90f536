/* The floor: the least that a function can do on Lambda's Runtime API. It connects, asks for an event, puts a fixed
 * response in place of the event's own, and repeats; with plain sockets, no allocation, no check and no rules. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char RESPONSE[] =
    "{\"claimsAndScopeOverrideDetails\":{\"accessTokenGeneration\":{\"scopesToAdd\":[\"orders/read\",\"orders/write\"]}}}";
static char in[65536], out[65536 + sizeof RESPONSE];

static int connected(const char *api) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *colon = strchr(api, ':');
    char host[64] = {0};
    memcpy(host, api, (size_t)(colon - api));
    inet_pton(AF_INET, host, &to.sin_addr);
    to.sin_port = htons((unsigned short)atoi(colon + 1));
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(fd, (struct sockaddr *)&to, sizeof to) ? -1 : fd;
}

/* Reads one HTTP message; returns where its body is. */
static char *message(int fd, size_t *body) {
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, in + have, sizeof in - 1 - have);
        if (got <= 0) exit(0);
        in[have += (size_t)got] = 0;
        char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
        if (!end) continue;
        *body = length ? (size_t)atoi(length + 15) : 0;
        if (have >= (size_t)(end + 4 - in) + *body) return end + 4;
    }
}

int main(void) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    int fd = connected(api);
    if (fd < 0) return 1;
    for (;;) {
        size_t length;
        int head = sprintf(out, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: %s\r\n\r\n", api);
        if (write(fd, out, (size_t)head) != head) return 1;
        char *event = message(fd, &length);
        char *id = strcasestr(in, "lambda-runtime-aws-request-id: ") + 31;
        char *old = strstr(event, "\"response\":") + 11;
        size_t before = (size_t)(old - event), body = before + sizeof RESPONSE - 1 + 1;
        head = sprintf(out, "POST /2018-06-01/runtime/invocation/%.*s/response HTTP/1.1\r\nhost: %s\r\ncontent-length: %zu\r\n\r\n",
                       (int)strcspn(id, "\r"), id, api, body);
        memcpy(out + head, event, before);
        sprintf(out + head + before, "%s}", RESPONSE);
        if (write(fd, out, (size_t)head + body) != (ssize_t)((size_t)head + body)) return 1;
        message(fd, &length);
    }
}
