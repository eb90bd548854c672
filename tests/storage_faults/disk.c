/* The disk under one process, loaded with LD_PRELOAD: what is done to the files of one folder is written down, or fails
 * at the n-th act. Armed by disk_arm (through ctypes, after a fork), so one warm interpreter serves many faults; or at its
 * start by DISK_FOLDER, DISK_FAULT and DISK_FIRST, for the processes of a server.
 *
 * The record: one line "<act> <name> <name or -> <offset> <bytes>\n", then that many bytes. Acts: W write, T truncate,
 * S sync, U unlink, R rename, A what the process told the world on its standard output. Acts happen one at a time, in
 * the order of the record. Shared memory (-shm) is no part of it: a power cut leaves nothing of it worth keeping.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { NONE, KILL, TORN, ENOSPC_FAULT, EIO_FAULT };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int record = -1;
static enum fault fault;
static long fault_first, fault_count, acts, faults_made;

/* Watch the files right in `path`; record into the file `journal` ("" for none); from act `first` on (1 is the next)
 * `count` acts meet `kind`: "", "kill", "torn", "enospc", "eio". */
void disk_arm(const char *path, const char *journal, const char *kind, long first, long count) {
    snprintf(folder, sizeof folder, "%s/", path);
    folder_length = strlen(folder);
    record = *journal ? open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    fault = !strcmp(kind, "kill")     ? KILL
            : !strcmp(kind, "torn")   ? TORN
            : !strcmp(kind, "enospc") ? ENOSPC_FAULT
            : !strcmp(kind, "eio")    ? EIO_FAULT
                                      : NONE;
    fault_first = first;
    fault_count = count;
    acts = faults_made = 0;
}

__attribute__((constructor)) static void arm_from_environment(void) {
    const char *path = getenv("DISK_FOLDER"), *kind = getenv("DISK_FAULT"), *first = getenv("DISK_FIRST");
    if (path && kind && first) disk_arm(path, "", kind, atol(first), 1);
    if (path) unsetenv("LD_PRELOAD"); /* the fault is this process's, not its children's */
    if (path) unsetenv("DISK_FOLDER");
}

long disk_acts(void) { return acts; }
long disk_faults(void) { return faults_made; }

/* The name of a watched file within the folder, "." for the folder itself, or NULL. */
static const char *watched_path(const char *path) {
    if (folder_length == 0) return NULL;
    if (strncmp(path, folder, folder_length) == 0) {
        const char *name = path + folder_length;
        if (strchr(name, '/') || strstr(name, "-shm")) return NULL;
        return name;
    }
    return strncmp(path, folder, folder_length - 1) == 0 && path[folder_length - 1] == 0 ? "." : NULL;
}

static const char *watched(int fd, char *buffer) {
    char link[64];
    if (folder_length == 0) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length <= 0) return NULL;
    buffer[length] = 0;
    return watched_path(buffer);
}

static void note(char act, const char *name, const char *other, off_t offset, const void *bytes, size_t count) {
    char head[2 * PATH_MAX];
    if (record < 0) return;
    int length = snprintf(head, sizeof head, "%c %s %s %lld %zu\n", act, name, other, (long long)offset, count);
    struct iovec parts[2] = {{head, (size_t)length}, {(void *)bytes, count}};
    if (syscall(SYS_writev, record, parts, count ? 2 : 1) < 0) _exit(97);
}

/* Whether this act meets its fault; errno is set. KILL does not return. */
static int fails(int is_write) {
    acts++;
    if (fault == NONE || acts < fault_first || acts >= fault_first + fault_count) return 0;
    if (fault == KILL) kill(getpid(), SIGKILL);
    if (fault == TORN) {
        if (!is_write) kill(getpid(), SIGKILL);
        return 1;
    }
    if (fault == ENOSPC_FAULT && !is_write) return 0;
    faults_made++;
    errno = fault == EIO_FAULT ? EIO : ENOSPC;
    return 1;
}

#define REAL(type, name, ...)                              \
    static type (*real)(__VA_ARGS__);                      \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static ssize_t placed_write(int fd, const void *bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    const char *name = watched(fd, path);
    if (!name) return syscall(SYS_pwrite64, fd, bytes, count, offset);
    pthread_mutex_lock(&one_at_a_time);
    ssize_t done = -1;
    if (fails(1)) {
        if (fault == TORN) {
            syscall(SYS_pwrite64, fd, bytes, count / 2, offset);
            kill(getpid(), SIGKILL);
        }
    } else {
        done = syscall(SYS_pwrite64, fd, bytes, count, offset);
        if (done > 0) note('W', name, "-", offset, bytes, (size_t)done);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return placed_write(fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return placed_write(fd, bytes, count, offset);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_MAX];
    const char *name = watched(fd, path);
    if (!name && !(fd == STDOUT_FILENO && folder_length)) return syscall(SYS_write, fd, bytes, count);
    pthread_mutex_lock(&one_at_a_time);
    ssize_t done = -1;
    if (!name) {
        done = syscall(SYS_write, fd, bytes, count);
        if (done > 0) note('A', "-", "-", 0, bytes, (size_t)done);
    } else if (fails(1)) {
        if (fault == TORN) {
            syscall(SYS_write, fd, bytes, count / 2);
            kill(getpid(), SIGKILL);
        }
    } else {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        done = syscall(SYS_write, fd, bytes, count);
        if (done > 0) note('W', name, "-", offset, bytes, (size_t)done);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

static int synced(int fd, long call) {
    char path[PATH_MAX];
    const char *name = watched(fd, path);
    if (!name) return (int)syscall(call, fd);
    pthread_mutex_lock(&one_at_a_time);
    int done = fails(0) ? -1 : (int)syscall(call, fd);
    if (done == 0) note('S', name, "-", 0, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int truncated(int fd, off_t size) {
    char path[PATH_MAX];
    const char *name = watched(fd, path);
    if (!name) return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&one_at_a_time);
    int done = fails(0) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
    if (done == 0) note('T', name, "-", size, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off_t size) { return truncated(fd, size); }

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    const char *name = watched_path(path);
    if (!name) return real(path);
    pthread_mutex_lock(&one_at_a_time);
    int done = fails(0) ? -1 : real(path);
    if (done == 0) note('U', name, "-", 0, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    const char *name = watched_path(from), *other = watched_path(to);
    if (!name || !other) return real(from, to);
    pthread_mutex_lock(&one_at_a_time);
    int done = fails(0) ? -1 : real(from, to);
    if (done == 0) note('R', name, other, 0, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}
