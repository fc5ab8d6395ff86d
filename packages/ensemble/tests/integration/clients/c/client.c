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
#include <stdlib.h>
#include <sys/time.h>
#include "client.h"

const char *hosts;
int standalone;
char root[64];
char error[1024];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
int connected, expired, connections;
int event_count;
struct event events[MAX_EVENTS];
int completions, failed_completions;

static const struct check *const suites[] = {operation_checks, session_checks};
enum { SUITES = sizeof suites / sizeof suites[0] };

void session_watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)path, (void)context;
    if (type != ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&mutex);
    connected = state == ZOO_CONNECTED_STATE;
    if (connected) connections++;
    if (state == ZOO_EXPIRED_SESSION_STATE) expired++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

void node_watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
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

int wait_for(const int *counter, int least) {
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

zhandle_t *open_at(const char *at) {
    pthread_mutex_lock(&mutex);
    connected = 0;
    pthread_mutex_unlock(&mutex);
    zhandle_t *zh = zookeeper_init(at, session_watcher, 20000, NULL, NULL, 0);
    if (zh != NULL) wait_for(&connected, 1);
    return zh;
}

zhandle_t *open_client(void) { return open_at(hosts); }

int port_of(zhandle_t *zh) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (zookeeper_get_connected_host(zh, (struct sockaddr *)&address, &length) == NULL) return -1;
    return ntohs(address.sin_port);
}

void ask(const char *request, int port) {
    char line[64];
    printf("{\"request\": \"%s\", \"port\": %d}\n", request, port);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

static char path_buffer[4][192];
const char *under(const char *name) {
    static int next;
    char *path = path_buffer[next++ % 4];
    snprintf(path, sizeof path_buffer[0], "%s/%s", root, name);
    return path;
}

void on_void(int rc, const void *data) {
    (void)data;
    pthread_mutex_lock(&mutex);
    completions++;
    if (rc != ZOK) failed_completions++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

void on_string(int rc, const char *value, const void *data) {
    (void)value;
    on_void(rc, data);
}

/* Prints text as a JSON string. */
static void print_text(const char *text) {
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
    putchar('"');
}

static const struct check *find_check(const char *name) {
    for (int i = 0; i < SUITES; i++)
        for (const struct check *check = suites[i]; check->name != NULL; check++)
            if (strcmp(check->name, name) == 0) return check;
    return NULL;
}

static void list_checks(void) {
    const char *before = "[";
    for (int i = 0; i < SUITES; i++)
        for (const struct check *check = suites[i]; check->name != NULL; check++) {
            fputs(before, stdout);
            print_text(check->name);
            before = ", ";
        }
    puts("]");
}

int main(int argc, char **argv) {
    char line[256];
    if (argc != 2) return 2;
    if (strcmp(argv[1], "--list") == 0) {
        list_checks();
        return 0;
    }
    hosts = argv[1];
    standalone = strchr(hosts, ',') == NULL;
    // An expired session and a refused authentication are part of the checks.
    zoo_set_debug_level(0);
    for (int number = 0; fgets(line, sizeof line, stdin) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        error[0] = '\0';
        snprintf(root, sizeof root, "/c-%d", number);
        const struct check *check = find_check(line);
        zhandle_t *zh = open_client();
        if (zh == NULL || !connected)
            snprintf(error, sizeof error, "no connection within %d s", WAIT_SECONDS);
        else if (check == NULL)
            snprintf(error, sizeof error, "no such check");
        else
            check->run(zh);
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
