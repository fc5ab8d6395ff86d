/*
 * Checks with the C client of ZooKeeper (libzookeeper_mt), one at a time, as the parent asks over standard input.
 *
 * Usage: c_client --list              prints the names of all checks, one JSON array
 *        c_client host:port[,...]     reads names of checks, one a line, answers each with {"check", "ok", "error"}
 *
 * A check may ask the parent for something ({"request", "port"}) and then reads one line when it is done.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <zookeeper/zookeeper.h>

#define MAX_EVENTS 64
#define WAIT_SECONDS 15

static const char *hosts;
static int standalone;
static char root[64];
static char error[1024];

/* What watchers and completions saw. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int connected;
static int connections;
static int event_count;
static struct {
    int type;
    char path[128];
} events[MAX_EVENTS];
static int completions;
static int failed_completions;

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

static void session_watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)path, (void)context;
    if (type != ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&mutex);
    connected = state == ZOO_CONNECTED_STATE;
    if (connected) connections++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void node_watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)state, (void)context;
    if (type == ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&mutex);
    if (event_count < MAX_EVENTS) {
        events[event_count].type = type;
        snprintf(events[event_count].path, sizeof events[event_count].path, "%s", path);
        event_count++;
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

/* Waits until a counter that the watchers and completions raise is at least `least`; returns the counter. */
static int wait_for(const int *counter, int least) {
    struct timeval now;
    struct timespec end;
    gettimeofday(&now, NULL);
    end.tv_sec = now.tv_sec + WAIT_SECONDS;
    end.tv_nsec = now.tv_usec * 1000;
    pthread_mutex_lock(&mutex);
    while (*counter < least && pthread_cond_timedwait(&changed, &mutex, &end) == 0) {
    }
    int seen = *counter;
    pthread_mutex_unlock(&mutex);
    return seen;
}

static zhandle_t *open_client(void) {
    pthread_mutex_lock(&mutex);
    connected = 0;
    pthread_mutex_unlock(&mutex);
    zhandle_t *zh = zookeeper_init(hosts, session_watcher, 20000, NULL, NULL, 0);
    if (zh != NULL) wait_for(&connected, 1);
    return zh;
}

static int port_of(zhandle_t *zh) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (zookeeper_get_connected_host(zh, (struct sockaddr *)&address, &length) == NULL) return -1;
    return ntohs(address.sin_port);
}

static void ask(const char *request, int port) {
    char line[64];
    printf("{\"request\": \"%s\", \"port\": %d}\n", request, port);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

static char path_buffer[4][192];
static const char *under(const char *name) {
    static int next;
    char *path = path_buffer[next++ % 4];
    snprintf(path, sizeof path_buffer[0], "%s/%s", root, name);
    return path;
}

static void check_operations(zhandle_t *zh) {
    char name[128], data[64];
    int length;
    struct Stat stat;
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, name, sizeof name), ZOK);
    EXPECT_TEXT(name, root);
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZNODEEXISTS);
    EXPECT(zoo_create(zh, under("a/b"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZNONODE);
    EXPECT(zoo_create(zh, under("s-"), "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, name, sizeof name), ZOK);
    EXPECT_TEXT(name, under("s-0000000000"));
    EXPECT(zoo_create2(zh, under("e-"), "22", 2, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE | ZOO_EPHEMERAL, name, sizeof name,
                       &stat), ZOK);
    EXPECT_TEXT(name, under("e-0000000001"));
    EXPECT(stat.ephemeralOwner, zoo_client_id(zh)->client_id);
    EXPECT(stat.dataLength, 2);
    length = sizeof data;
    EXPECT(zoo_get(zh, name, 0, data, &length, &stat), ZOK);
    EXPECT(length, 2);
    EXPECT(memcmp(data, "22", 2), 0);
    EXPECT(zoo_create(zh, under("null"), NULL, -1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    length = sizeof data;
    EXPECT(zoo_get(zh, under("null"), 0, data, &length, &stat), ZOK);
    EXPECT(length, -1);
    EXPECT(zoo_set2(zh, root, "new", 3, 0, &stat), ZOK);
    EXPECT(stat.version, 1);
    EXPECT(zoo_set(zh, root, "no", 2, 0), ZBADVERSION);
    EXPECT(zoo_exists(zh, under("missing"), 0, &stat), ZNONODE);
    struct String_vector children;
    EXPECT(zoo_get_children2(zh, root, 0, &children, &stat), ZOK);
    EXPECT(children.count, 3);
    EXPECT(stat.numChildren, 3);
    EXPECT(stat.cversion, 3);
    deallocate_String_vector(&children);
    EXPECT(zoo_delete(zh, root, -1), ZNOTEMPTY);
    EXPECT(zoo_delete(zh, under("null"), 5), ZBADVERSION);
    EXPECT(zoo_delete(zh, under("null"), 0), ZOK);
    EXPECT(zoo_delete(zh, under("null"), -1), ZNONODE);
}

static void check_multi(zhandle_t *zh) {
    char first[128], second[128];
    struct Stat stat;
    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    zoo_create_op_init(&ops[0], under("a"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, first, sizeof first);
    zoo_create_op_init(&ops[1], under("s-"), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, second, sizeof second);
    zoo_set_op_init(&ops[2], root, "x", 1, 0, &stat);
    zoo_check_op_init(&ops[3], root, 1);
    EXPECT(zoo_multi(zh, 4, ops, results), ZOK);
    EXPECT_TEXT(first, under("a"));
    EXPECT_TEXT(second, under("s-0000000001"));
    EXPECT(stat.version, 1);
    zoo_delete_op_init(&ops[0], under("a"), 0);
    zoo_check_op_init(&ops[1], root, 7);
    zoo_create_op_init(&ops[2], under("b"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, first, sizeof first);
    EXPECT(zoo_multi(zh, 3, ops, results), ZBADVERSION);
    EXPECT(results[0].err, ZOK);
    EXPECT(results[1].err, ZBADVERSION);
    EXPECT(results[2].err, ZRUNTIMEINCONSISTENCY);
    EXPECT(zoo_exists(zh, under("a"), 0, NULL), ZOK);
    EXPECT(zoo_exists(zh, under("b"), 0, NULL), ZNONODE);
}

static void on_void(int rc, const void *data) {
    (void)data;
    pthread_mutex_lock(&mutex);
    completions++;
    if (rc != ZOK) failed_completions++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void on_string(int rc, const char *value, const void *data) {
    (void)value;
    on_void(rc, data);
}

static void check_acls(zhandle_t *zh) {
    struct ACL_vector acls;
    struct Stat stat;
    zhandle_t *stranger = open_client();
    completions = failed_completions = 0;
    EXPECT(zoo_add_auth(zh, "digest", "dora:pw", 7, on_void, NULL), ZOK);
    EXPECT(wait_for(&completions, 1), 1);
    EXPECT(failed_completions, 0);
    EXPECT(zoo_create(zh, root, "mine", 4, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0), ZOK);
    EXPECT(zoo_get_acl(zh, root, &acls, &stat), ZOK);
    EXPECT(acls.count, 1);
    EXPECT_TEXT(acls.data[0].id.scheme, "digest");
    EXPECT(acls.data[0].perms, ZOO_PERM_ALL);
    EXPECT(strncmp(acls.data[0].id.id, "dora:", 5), 0);
    deallocate_ACL_vector(&acls);
    EXPECT(zoo_set(stranger, root, "x", 1, -1), ZNOAUTH);
    EXPECT(zoo_set_acl(stranger, root, -1, &ZOO_OPEN_ACL_UNSAFE), ZNOAUTH);
    EXPECT(zoo_set_acl(zh, root, 0, &ZOO_OPEN_ACL_UNSAFE), ZOK);
    EXPECT(zoo_set_acl(zh, root, 0, &ZOO_OPEN_ACL_UNSAFE), ZBADVERSION);
    EXPECT(zoo_set(stranger, root, "x", 1, -1), ZOK);
    zookeeper_close(stranger);
}

static void check_watches(zhandle_t *zh) {
    char data[16];
    int length = sizeof data;
    struct Stat stat;
    struct String_vector children;
    zhandle_t *other = open_client();
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    event_count = 0;
    EXPECT(zoo_wget(zh, root, node_watcher, NULL, data, &length, &stat), ZOK);
    EXPECT(zoo_wget_children(zh, root, node_watcher, NULL, &children), ZOK);
    deallocate_String_vector(&children);
    EXPECT(zoo_wexists(zh, under("new"), node_watcher, NULL, &stat), ZNONODE);
    EXPECT(zoo_set(other, root, "1", 1, -1), ZOK);
    EXPECT(zoo_set(other, root, "2", 1, -1), ZOK);
    EXPECT(zoo_create(other, under("new"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    EXPECT(wait_for(&event_count, 3), 3);
    EXPECT(events[0].type, ZOO_CHANGED_EVENT);
    EXPECT_TEXT(events[0].path, root);
    EXPECT(events[1].type, ZOO_CREATED_EVENT);
    EXPECT_TEXT(events[1].path, under("new"));
    EXPECT(events[2].type, ZOO_CHILD_EVENT);
    EXPECT_TEXT(events[2].path, root);
    EXPECT(zoo_wexists(zh, under("new"), node_watcher, NULL, &stat), ZOK);
    EXPECT(zoo_delete(other, under("new"), -1), ZOK);
    EXPECT(wait_for(&event_count, 4), 4);
    EXPECT(events[3].type, ZOO_DELETED_EVENT);
    zookeeper_close(other);
}

static void check_pipeline(zhandle_t *zh) {
    enum { COUNT = 300 };
    struct Stat stat;
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    completions = failed_completions = 0;
    for (int i = 0; i < COUNT; i++)
        EXPECT(zoo_acreate(zh, under("p-"), "data", 4, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, on_string, NULL), ZOK);
    EXPECT(zoo_async(zh, root, on_string, NULL), ZOK);
    EXPECT(wait_for(&completions, COUNT + 1), COUNT + 1);
    EXPECT(failed_completions, 0);
    EXPECT(zoo_exists(zh, root, 0, &stat), ZOK);
    EXPECT(stat.numChildren, COUNT);
    EXPECT(zoo_exists(zh, under("p-0000000299"), 0, &stat), ZOK);
}

static void check_reconnection(zhandle_t *zh) {
    char data[16];
    int length = sizeof data;
    struct Stat stat;
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    EXPECT(zoo_create(zh, under("e"), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0), ZOK);
    event_count = 0;
    EXPECT(zoo_wget(zh, root, node_watcher, NULL, data, &length, &stat), ZOK);
    EXPECT(zoo_wexists(zh, under("later"), node_watcher, NULL, &stat), ZNONODE);
    long long session = zoo_client_id(zh)->client_id;
    int port = port_of(zh), before = connections;
    ask("kill", port);
    if (standalone) ask("start", port);
    EXPECT(wait_for(&connections, before + 1) > before, 1);
    EXPECT(zoo_client_id(zh)->client_id, session);
    EXPECT(zoo_exists(zh, under("e"), 0, &stat), ZOK);
    EXPECT(stat.ephemeralOwner, session);
    EXPECT(event_count, 0);
    EXPECT(zoo_set(zh, root, "x", 1, 0), ZOK);
    EXPECT(zoo_create(zh, under("later"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    EXPECT(wait_for(&event_count, 2), 2);
    EXPECT(events[0].type, ZOO_CHANGED_EVENT);
    EXPECT(events[1].type, ZOO_CREATED_EVENT);
    if (!standalone) ask("start", port);
}

static const struct {
    const char *name;
    void (*run)(zhandle_t *);
} checks[] = {
    {"create, create2, get, set, exists, children and delete with their errors", check_operations},
    {"multi: success and failure with the results of each operation", check_multi},
    {"ACLs and authentication", check_acls},
    {"watches: data, exists and children", check_watches},
    {"300 pipelined requests are answered", check_pipeline},
    {"after SIGKILL of its server the session, its ephemeral node and its watches go on", check_reconnection},
};

/* Prints text as a JSON string. */
static void print_text(const char *text) {
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
    putchar('"');
}

int main(int argc, char **argv) {
    enum { COUNT = sizeof checks / sizeof checks[0] };
    char line[256];
    if (argc != 2) return 2;
    if (strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < COUNT; i++) {
            fputs(i == 0 ? "[" : ", ", stdout);
            print_text(checks[i].name);
        }
        puts("]");
        return 0;
    }
    hosts = argv[1];
    standalone = strchr(hosts, ',') == NULL;
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    for (int number = 0; fgets(line, sizeof line, stdin) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        error[0] = '\0';
        snprintf(root, sizeof root, "/c-%d", number);
        zhandle_t *zh = open_client();
        if (zh == NULL || !connected) {
            snprintf(error, sizeof error, "no connection within %d s", WAIT_SECONDS);
        } else {
            int found = 0;
            for (int i = 0; i < COUNT; i++)
                if (strcmp(checks[i].name, line) == 0) found = 1, checks[i].run(zh);
            if (!found) snprintf(error, sizeof error, "no such check");
        }
        if (zh != NULL) zookeeper_close(zh);
        fputs("{\"check\": ", stdout);
        print_text(line);
        printf(", \"ok\": %s, \"error\": ", error[0] == '\0' ? "true" : "false");
        print_text(error);
        puts("}");
        fflush(stdout);
    }
    return 0;
}
