// For LD_PRELOAD: of the calls that change files below FAULTY_ROOT, the FAULTY_NTH of FAULTY_CALL goes wrong.
//
// FAULTY_CALL is write, fsync, rename, link or unlink; FAULTY_KIND is ENOSPC, EIO, short (half of a write is written) or
// crash (the call is done, and the process killed behind it). The number of calls is left in FAULTY_COUNT, a file.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

static int is_below_root(const char *path) {
  const char *root = getenv("FAULTY_ROOT");
  return root != NULL && strncmp(path, root, strlen(root)) == 0;
}

static int fd_is_below_root(int fd) {
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return is_below_root(path);
}

static int is_at_below_root(int folder, const char *path) {
  return path[0] == '/' ? is_below_root(path) : folder != AT_FDCWD && fd_is_below_root(folder);
}

enum kind { NONE, FAIL, SHORT, CRASH };

static enum kind fault_of(const char *call, int below_root) {
  const char *wanted = getenv("FAULTY_CALL");
  if (!below_root || wanted == NULL || strcmp(wanted, call) != 0) return NONE;
  if (atomic_fetch_add(&calls, 1) + 1 != atol(getenv("FAULTY_NTH"))) return NONE;
  const char *kind = getenv("FAULTY_KIND");
  if (strcmp(kind, "short") == 0) return SHORT;
  if (strcmp(kind, "crash") == 0) return CRASH;
  errno = strcmp(kind, "EIO") == 0 ? EIO : ENOSPC;
  return FAIL;
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

#define BODY(call, below, type, done)                \
  const enum kind fault = fault_of(call, below);     \
  if (fault == FAIL) return -1;                      \
  const type result = done;                          \
  if (fault == CRASH) kill(getpid(), SIGKILL);       \
  return result

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = next("write");
  BODY("write", fd_is_below_root(fd), ssize_t, real(fd, bytes, fault == SHORT && count > 1 ? count / 2 : count));
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = next("fsync");
  BODY("fsync", fd_is_below_root(fd), int, real(fd));
}

int rename(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (!real) real = next("rename");
  BODY("rename", is_below_root(to), int, real(from, to));
}

int link(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (!real) real = next("link");
  BODY("link", is_below_root(to), int, real(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  static int (*real)(int, const char *, int, const char *, int);
  if (!real) real = next("linkat");
  BODY("link", is_at_below_root(to_folder, to), int, real(from_folder, from, to_folder, to, flags));
}

int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = next("unlink");
  BODY("unlink", is_below_root(path), int, real(path));
}

int unlinkat(int folder, const char *path, int flags) {
  static int (*real)(int, const char *, int);
  if (!real) real = next("unlinkat");
  BODY("unlink", is_at_below_root(folder, path), int, real(folder, path, flags));
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULTY_COUNT");
  FILE *file = path != NULL ? fopen(path, "w") : NULL;
  if (file != NULL) {
    fprintf(file, "%ld", atomic_load(&calls));
    fclose(file);
  }
}
