/* What the checks of the C client share: assertions, clients, and what their watchers and completions saw. */
#ifndef VIVARIUM_C_CLIENT_H
#define VIVARIUM_C_CLIENT_H

#include <stdio.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#define MAX_EVENTS 64
#define WAIT_SECONDS 15

struct check {
    const char *name;
    void (*run)(zhandle_t *);
};

/* The checks of each file, ended by one without a name. */
extern const struct check operation_checks[], session_checks[];

extern const char *hosts;
extern int standalone;
/* The path that is the present check's own; it does not exist at first. */
extern char root[64];
/* What went wrong in the present check. */
extern char error[1024];

/* What watchers and completions saw; to be read after wait_for. */
extern int connected, expired, connections;
extern int event_count;
extern struct event {
    int type;
    char path[128];
} events[MAX_EVENTS];
extern int completions, failed_completions;

#define FAIL(...)                                       \
    do {                                                \
        snprintf(error, sizeof error, __VA_ARGS__);     \
        return;                                         \
    } while (0)
#define EXPECT(expression, expected)                                                                   \
    do {                                                                                               \
        long long actual_ = (long long)(expression), expected_ = (long long)(expected);                \
        if (actual_ != expected_) FAIL("line %d: %s is %lld, not %lld", __LINE__, #expression, actual_, expected_); \
    } while (0)
#define EXPECT_TEXT(actual, expected)                                                                  \
    do {                                                                                               \
        if (strcmp(actual, expected) != 0)                                                             \
            FAIL("line %d: %s is \"%s\", not \"%s\"", __LINE__, #actual, actual, expected);            \
    } while (0)

void session_watcher(zhandle_t *zh, int type, int state, const char *path, void *context);
void node_watcher(zhandle_t *zh, int type, int state, const char *path, void *context);
/* Completions of asynchronous calls: they count, and count failures. */
void on_void(int rc, const void *data);
void on_string(int rc, const char *value, const void *data);

/* Waits until a counter that the watchers and completions raise is at least `least`; returns the counter. */
int wait_for(const int *counter, int least);

/* A client of `at`, connected if that works in time. */
zhandle_t *open_at(const char *at);
zhandle_t *open_client(void);
int port_of(zhandle_t *zh);
/* Asks the parent to do something to the server on a client port. */
void ask(const char *request, int port);
/* A path below root, in one of four buffers that take turns. */
const char *under(const char *name);

#endif
