/* Checks of the plain operations. */
#include <stdlib.h>
#include "client.h"

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

static void on_stat(int rc, const struct Stat *stat, const void *data) {
    (void)stat;
    on_void(rc, data);
}

static void on_string_stat(int rc, const char *value, const struct Stat *stat, const void *data) {
    (void)value, (void)stat;
    on_void(rc, data);
}

static void on_data(int rc, const char *value, int length, const struct Stat *stat, const void *data) {
    (void)stat;
    on_void(rc == ZOK && (length != 3 || memcmp(value, "new", 3) != 0) ? ZSYSTEMERROR : rc, data);
}

static void on_strings(int rc, const struct String_vector *strings, const void *data) {
    on_void(rc == ZOK && strings->count != 2 ? ZSYSTEMERROR : rc, data);
}

static void on_strings_stat(int rc, const struct String_vector *strings, const struct Stat *stat, const void *data) {
    (void)stat;
    on_strings(rc, strings, data);
}

static void on_acl(int rc, struct ACL_vector *acl, struct Stat *stat, const void *data) {
    (void)stat;
    on_void(rc == ZOK && acl->count != 1 ? ZSYSTEMERROR : rc, data);
}

static void check_asynchronous(zhandle_t *zh) {
    static zoo_op_t ops[1];
    static zoo_op_result_t results[1];
    const struct ACL_vector *open = &ZOO_OPEN_ACL_UNSAFE;
    completions = failed_completions = 0;
    EXPECT(zoo_acreate(zh, root, "", 0, open, 0, on_string, NULL), ZOK);
    EXPECT(zoo_acreate2(zh, under("a"), "", 0, open, 0, on_string_stat, NULL), ZOK);
    EXPECT(zoo_acreate2_ttl(zh, under("t"), "", 0, open, ZOO_PERSISTENT_WITH_TTL, 600000, on_string_stat, NULL), ZOK);
    EXPECT(zoo_acreate_ttl(zh, under("t-"), "", 0, open, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 600000, on_string, NULL),
           ZOK);
    EXPECT(zoo_aset(zh, root, "new", 3, 0, on_stat, NULL), ZOK);
    EXPECT(zoo_aget(zh, root, 0, on_data, NULL), ZOK);
    EXPECT(zoo_aexists(zh, root, 0, on_stat, NULL), ZOK);
    zoo_delete_op_init(&ops[0], under("t"), -1);
    EXPECT(zoo_amulti(zh, 1, ops, results, on_void, NULL), ZOK);
    EXPECT(zoo_aget_children(zh, root, 0, on_strings, NULL), ZOK);
    EXPECT(zoo_aget_children2(zh, root, 0, on_strings_stat, NULL), ZOK);
    EXPECT(zoo_aset_acl(zh, root, 0, (struct ACL_vector *)&ZOO_OPEN_ACL_UNSAFE, on_void, NULL), ZOK);
    EXPECT(zoo_aget_acl(zh, root, on_acl, NULL), ZOK);
    EXPECT(zoo_adelete(zh, under("a"), -1, on_void, NULL), ZOK);
    EXPECT(zoo_async(zh, root, on_string, NULL), ZOK);
    EXPECT(zoo_agetconfig(zh, 0, on_data, NULL), ZOK);
    EXPECT(wait_for(&completions, 15), 15);
    // The configuration is not the data that on_data expects.
    EXPECT(failed_completions, 1);
}

static void check_containers(zhandle_t *zh) {
    char name[128];
    struct Stat stat;
    const struct ACL_vector *open = &ZOO_OPEN_ACL_UNSAFE;
    EXPECT(zoo_create(zh, root, "", 0, open, ZOO_CONTAINER, name, sizeof name), ZOK);
    EXPECT(zoo_create2_ttl(zh, under("t"), "", 0, open, ZOO_PERSISTENT_WITH_TTL, 300, name, sizeof name, &stat), ZOK);
    EXPECT(stat.ephemeralOwner, 0);
    EXPECT(zoo_create_ttl(zh, under("t-"), "", 0, open, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 300, name, sizeof name), ZOK);
    EXPECT_TEXT(name, under("t-0000000001"));
    EXPECT(zoo_create_ttl(zh, under("x"), "", 0, open, ZOO_PERSISTENT_WITH_TTL, 0x10000000000, NULL, 0), ZBADARGUMENTS);
    EXPECT(zoo_create_ttl(zh, under("x"), "", 0, open, ZOO_PERSISTENT_WITH_TTL, -1, NULL, 0), ZBADARGUMENTS);
    // First what lived its time goes, then the container that has no child any more.
    event_count = 0;
    int rc = zoo_wexists(zh, root, node_watcher, NULL, &stat);
    if (rc != ZNONODE) {
        EXPECT(rc, ZOK);
        EXPECT(wait_for(&event_count, 1), 1);
        EXPECT(events[0].type, ZOO_DELETED_EVENT);
    }
}

static void check_large(zhandle_t *zh) {
    enum { SIZE = 1000000 };
    const struct ACL_vector *open = &ZOO_OPEN_ACL_UNSAFE;
    char *data = malloc(SIZE), *copy = malloc(SIZE), path[20100];
    int length = SIZE;
    for (int i = 0; i < SIZE; i++) data[i] = (char)i;
    EXPECT(zoo_create(zh, root, data, SIZE, open, 0, NULL, 0), ZOK);
    EXPECT(zoo_get(zh, root, 0, copy, &length, NULL), ZOK);
    EXPECT(length, SIZE);
    EXPECT(memcmp(data, copy, SIZE), 0);
    memset(path, 'n', sizeof path);
    memcpy(path, root, strlen(root));
    path[strlen(root)] = '/';
    path[20000] = '\0';
    EXPECT(zoo_create(zh, path, "", 0, open, 0, NULL, 0), ZOK);
    EXPECT(zoo_exists(zh, path, 0, NULL), ZOK);
    EXPECT(zoo_create(zh, under("grüße-汉字"), "", 0, open, 0, NULL, 0), ZOK);
    EXPECT(zoo_exists(zh, under("grüße-汉字"), 0, NULL), ZOK);
    free(data);
    free(copy);
}

static void check_chroot(zhandle_t *zh) {
    char at[512], name[64];
    EXPECT(zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0), ZOK);
    snprintf(at, sizeof at, "%s%s", hosts, root);
    zhandle_t *inside = open_at(at);
    EXPECT(zoo_create(inside, "/a", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, name, sizeof name), ZOK);
    EXPECT_TEXT(name, "/a");
    EXPECT(zoo_async(zh, root, on_string, NULL), ZOK);
    EXPECT(zoo_exists(zh, under("a"), 0, NULL), ZOK);
    event_count = 0;
    EXPECT(zoo_wexists(inside, "/a", node_watcher, NULL, NULL), ZOK);
    EXPECT(zoo_delete(zh, under("a"), -1), ZOK);
    EXPECT(wait_for(&event_count, 1), 1);
    EXPECT_TEXT(events[0].path, "/a");
    zookeeper_close(inside);
}

static void check_configuration(zhandle_t *zh) {
    char config[4096], changed[4096];
    int length = sizeof config - 1;
    struct Stat stat;
    EXPECT(zoo_getconfig(zh, 0, config, &length, &stat), ZOK);
    config[length < 0 ? 0 : length] = '\0';
    length = sizeof changed;
    if (standalone) {
        EXPECT(zoo_reconfig(zh, NULL, NULL, "server.1=127.0.0.1:1:2;3", -1, changed, &length, &stat), ZUNIMPLEMENTED);
        return;
    }
    EXPECT(strstr(config, "server.3=") != NULL, 1);
    EXPECT(strstr(config, "version=") != NULL, 1);
    const char *observer = "server.9=127.0.0.1:9001:9002:observer;9003";
    EXPECT(zoo_reconfig(zh, observer, NULL, NULL, -1, changed, &length, &stat), ZNOAUTH);
    completions = failed_completions = 0;
    EXPECT(zoo_add_auth(zh, "digest", "super:test", 10, on_void, NULL), ZOK);
    EXPECT(wait_for(&completions, 1), 1);
    event_count = 0;
    length = sizeof config;
    EXPECT(zoo_wgetconfig(zh, node_watcher, NULL, config, &length, &stat), ZOK);
    length = sizeof changed - 1;
    EXPECT(zoo_reconfig(zh, observer, NULL, NULL, -1, changed, &length, &stat), ZOK);
    changed[length] = '\0';
    EXPECT(strstr(changed, "server.9=127.0.0.1:9001:9002:observer;0.0.0.0:9003") != NULL, 1);
    EXPECT(wait_for(&event_count, 1), 1);
    EXPECT(events[0].type, ZOO_CHANGED_EVENT);
    EXPECT(zoo_reconfig(zh, NULL, "9", NULL, 5, changed, &length, &stat), ZBADVERSION);
    length = sizeof changed - 1;
    EXPECT(zoo_reconfig(zh, NULL, "9", NULL, -1, changed, &length, &stat), ZOK);
    changed[length] = '\0';
    EXPECT(strstr(changed, "server.9=") == NULL, 1);
}

const struct check operation_checks[] = {
    {"create, create2, get, set, exists, children and delete with their errors", check_operations},
    {"multi: success and failure with the results of each operation", check_multi},
    {"ACLs and authentication", check_acls},
    {"300 pipelined requests are answered", check_pipeline},
    {"every asynchronous call", check_asynchronous},
    {"containers and times to live", check_containers},
    {"a megabyte of data, a long path, names in UTF-8", check_large},
    {"a chroot is in front of every path", check_chroot},
    {"the configuration: read, watched, changed", check_configuration},
    {NULL, NULL},
};
