/* Checks of watches and sessions. */
#include <time.h>
#include "client.h"

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

static void check_removed_watches(zhandle_t *zh) {
    struct Stat stat;
    struct String_vector children;
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    event_count = 0;
    EXPECT(zoo_wexists(zh, root, node_watcher, NULL, &stat), ZOK);
    EXPECT(zoo_wget_children(zh, root, node_watcher, NULL, &children), ZOK);
    deallocate_String_vector(&children);
    EXPECT(zoo_remove_watches(zh, root, ZWATCHTYPE_DATA, node_watcher, NULL, 0), ZOK);
    EXPECT(zoo_set(zh, root, "1", 1, -1), ZOK);
    EXPECT(zoo_create(zh, under("a"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    EXPECT(wait_for(&event_count, 1), 1);
    EXPECT(events[0].type, ZOO_CHILD_EVENT);
    EXPECT(zoo_wexists(zh, root, node_watcher, NULL, &stat), ZOK);
    EXPECT(zoo_remove_all_watches(zh, root, ZWATCHTYPE_ANY, 0), ZOK);
    EXPECT(zoo_remove_all_watches(zh, root, ZWATCHTYPE_ANY, 0), ZNOWATCHER);
    EXPECT(zoo_set(zh, root, "2", 1, -1), ZOK);
    EXPECT(event_count, 1);
}

/* Waits a while until a client is connected, or never will be; returns whether it is. */
static int await_connection(zhandle_t *zh) {
    for (int tries = 0; tries < 50; tries++) {
        int state = zoo_state(zh);
        if (state == ZOO_CONNECTED_STATE || state == ZOO_EXPIRED_SESSION_STATE) return state == ZOO_CONNECTED_STATE;
        struct timespec pause = {.tv_nsec = 10000000};
        nanosleep(&pause, NULL);
    }
    return 0;
}

static void check_resumption(zhandle_t *zh) {
    zhandle_t *first = open_client();
    clientid_t id = *zoo_client_id(first);
    EXPECT(zoo_create(first, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0), ZOK);
    // Another process that knows the session takes it over and closes it, unless the first takes it back before.
    int taken = 0;
    for (int tries = 0; tries < 100 && zoo_state(first) != ZOO_EXPIRED_SESSION_STATE; tries++) {
        zhandle_t *second = zookeeper_init(hosts, session_watcher, 20000, &id, NULL, 0);
        if (await_connection(second)) {
            EXPECT(zoo_client_id(second)->client_id, id.client_id);
            taken++;
        }
        zookeeper_close(second);
        await_connection(first);
    }
    EXPECT(taken > 0, 1);
    EXPECT(zoo_state(first), ZOO_EXPIRED_SESSION_STATE);
    EXPECT(zoo_exists(first, root, 0, NULL), ZINVALIDSTATE);
    EXPECT(zoo_async(zh, root, on_string, NULL), ZOK);
    EXPECT(zoo_exists(zh, root, 0, NULL), ZNONODE);
    zookeeper_close(first);
    // A session that is not there any more, and one of which the password is wrong.
    for (int wrong = 0; wrong < 2; wrong++) {
        if (wrong) {
            id = *zoo_client_id(zh);
            id.passwd[0] ^= 1;
        }
        expired = 0;
        zhandle_t *late = zookeeper_init(hosts, session_watcher, 20000, &id, NULL, 0);
        EXPECT(wait_for(&expired, 1), 1);
        zookeeper_close(late);
    }
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
}

static void check_refused_authentication(zhandle_t *zh) {
    completions = failed_completions = 0;
    EXPECT(zoo_add_auth(zh, "nothing", "x", 1, on_void, NULL), ZOK);
    EXPECT(wait_for(&completions, 1), 1);
    EXPECT(failed_completions, 1);
    EXPECT(zoo_state(zh), ZOO_AUTH_FAILED_STATE);
    EXPECT(zoo_exists(zh, "/", 0, NULL), ZINVALIDSTATE);
}

static void check_authentication_again(zhandle_t *zh) {
    completions = failed_completions = 0;
    EXPECT(zoo_add_auth(zh, "digest", "dora:pw", 7, on_void, NULL), ZOK);
    EXPECT(wait_for(&completions, 1), 1);
    EXPECT(zoo_create(zh, root, "mine", 4, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0), ZOK);
    int port = port_of(zh), before = connections;
    // The last address of the list, or the first where the client is at the last.
    char address[64], present[64];
    snprintf(present, sizeof present, "127.0.0.1:%d", port);
    const char *last = strrchr(hosts, ',');
    snprintf(address, sizeof address, "%s", last == NULL ? hosts : last + 1);
    if (!standalone && strcmp(address, present) == 0)
        snprintf(address, sizeof address, "%.*s", (int)strcspn(hosts, ","), hosts);
    EXPECT(zoo_set_servers(zh, address), ZOK);
    ask("kill", port);
    if (standalone) ask("start", port);
    EXPECT(wait_for(&connections, before + 1) > before, 1);
    EXPECT_TEXT(zoo_get_current_server(zh), address);
    EXPECT(zoo_set(zh, root, "still", 5, 0), ZOK);
    if (!standalone) ask("start", port);
}

const struct check session_checks[] = {
    {"watches: data, exists and children", check_watches},
    {"watches: removed ones are silent", check_removed_watches},
    {"a session that is taken over, closed, expired, or asked for with a wrong password", check_resumption},
    {"a refused authentication", check_refused_authentication},
    {"after SIGKILL of its server the session, its ephemeral node and its watches go on", check_reconnection},
    {"after SIGKILL of its server the client is authenticated as before, at the address it was given since", check_authentication_again},
    {NULL, NULL},
};
