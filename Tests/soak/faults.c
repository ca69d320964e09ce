/* Preloaded into a program, it has one of the calls that change files fail, or kill the program in the middle of it; and it
   can set the clock back. Also SQLite's calls go through here. Built and used by the scripts beside it.

   FAULTS_BELOW   the folder whose files count
   FAULTS_AT      which call, from 1; 0 counts only
   FAULTS_ERROR   the errno that it leaves (28 ENOSPC, 5 EIO, 13 EACCES); 0 kills with -9
   FAULTS_LASTING when set, all calls after it fail as well
   FAULTS_COUNT   where the number of calls is written at the end
   FAULTS_CLOCK   after how many readings the clock on the wall goes back by a day
   FAULTS_BARE    when set, there are neither sockets in folders nor locks, as on some file systems */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *below, *count_file;
static long at, code, lasting, clock_readings;
static atomic_long calls, readings;

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
    below = getenv("FAULTS_BELOW");
    count_file = getenv("FAULTS_COUNT");
    at = number("FAULTS_AT");
    code = number("FAULTS_ERROR");
    lasting = number("FAULTS_LASTING");
    clock_readings = number("FAULTS_CLOCK");
}

__attribute__((destructor)) static void end(void) {
    FILE *file = count_file ? fopen(count_file, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}

static int is_below(const char *path) {
    return below && path && strncmp(path, below, strlen(below)) == 0;
}

static int is_descriptor_below(int descriptor) {
    char link[64], path[PATH_MAX];
    if (!below) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

/* Counts a call; whether it is to fail. */
static int strikes(int counts) {
    if (!counts) return 0;
    long now = atomic_fetch_add(&calls, 1) + 1;
    return at > 0 && (now == at || (lasting && now > at));
}

static int fail(void) {
    if (code == 0) kill(getpid(), SIGKILL);
    errno = (int)code;
    return -1;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!strikes(is_descriptor_below(descriptor))) return real_write(descriptor, bytes, count);
    real_write(descriptor, bytes, count / 2);
    return fail();
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    if (!strikes(is_descriptor_below(descriptor))) return real_pwrite64(descriptor, bytes, count, offset);
    real_pwrite64(descriptor, bytes, count / 2, offset);
    return fail();
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite64(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
    REAL(int, fsync, int);
    return strikes(is_descriptor_below(descriptor)) ? fail() : real_fsync(descriptor);
}

int fdatasync(int descriptor) {
    REAL(int, fdatasync, int);
    return strikes(is_descriptor_below(descriptor)) ? fail() : real_fdatasync(descriptor);
}

int ftruncate64(int descriptor, off64_t length) {
    REAL(int, ftruncate64, int, off64_t);
    return strikes(is_descriptor_below(descriptor)) ? fail() : real_ftruncate64(descriptor, length);
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int rename(const char *old, const char *new) {
    REAL(int, rename, const char *, const char *);
    return strikes(is_below(new)) ? fail() : real_rename(old, new);
}

int link(const char *old, const char *new) {
    REAL(int, link, const char *, const char *);
    return strikes(is_below(new)) ? fail() : real_link(old, new);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return strikes(is_below(path)) ? fail() : real_mkdir(path, mode);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return strikes(is_below(path)) ? fail() : real_unlink(path);
}

int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    int changes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    return strikes(changes && is_below(path)) ? fail() : real_open64(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open64(path, flags, mode);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    REAL(int, bind, int, const struct sockaddr *, socklen_t);
    if (!getenv("FAULTS_BARE") || address->sa_family != AF_UNIX) return real_bind(descriptor, address, length);
    errno = EPERM;
    return -1;
}

int flock(int descriptor, int operation) {
    REAL(int, flock, int, int);
    if (!getenv("FAULTS_BARE")) return real_flock(descriptor, operation);
    errno = ENOLCK;
    return -1;
}

static time_t set_back(clockid_t clock) {
    if (clock_readings == 0 || clock != CLOCK_REALTIME) return 0;
    return atomic_fetch_add(&readings, 1) >= clock_readings ? 86400 : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    int result = real_clock_gettime(clock, now);
    if (result == 0) now->tv_sec -= set_back(clock);
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    REAL(int, gettimeofday, struct timeval *, void *);
    int result = real_gettimeofday(now, zone);
    if (result == 0) now->tv_sec -= set_back(CLOCK_REALTIME);
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
