/*
 * The line must be raw: in canonical mode a terminal cuts at 4,095 characters, and echoes the whole
 * pass back to the device.  TIOCEXCL keeps strangers out, but not root: among ourselves a lock
 * does, which all that use this file take.
 */
#include "serial.h"

#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Scanners send a code in one go; this is long enough for the slowest (9600 bit/s). */
#define GAP 0.5

static hp_serial_state
fail(hp_serial_state state, hp_error *error, const char *path, const char *why)
{
    hp_error_set(error, "%s: %s", path, why);
    return state;
}

/* An unplugged scanner has no node, or one that leads nowhere. */
static hp_serial_state
fail_open(hp_error *error, const char *path)
{
    bool absent = errno == ENOENT || errno == ENOTDIR || errno == ENXIO || errno == ENODEV;

    return fail(absent           ? HP_SERIAL_ABSENT
                : errno == EBUSY ? HP_SERIAL_BUSY
                                 : HP_SERIAL_FAILED,
                error, path, strerror(errno));
}

/* Who may write to the node can show any pass. */
static hp_serial_state
check(int fd, const char *path, hp_error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail(HP_SERIAL_FAILED, error, path, strerror(errno));
    if (!S_ISCHR(st.st_mode) || !isatty(fd))
        return fail(HP_SERIAL_WRONG, error, path, "is no serial device");
    if (st.st_uid != 0)
        return fail(HP_SERIAL_WRONG, error, path, "belongs to another user, expected root");
    if ((st.st_mode & S_IRWXO) != 0)
        return fail(HP_SERIAL_WRONG, error, path, "is open to everybody, expected chmod o-rwx");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fail(HP_SERIAL_BUSY, error, path, "is in use by another program");
    return HP_SERIAL_OPEN;
}

static hp_serial_state
make_raw(hp_serial *serial, const char *path, hp_error *error)
{
    struct termios raw;

    if (ioctl(serial->fd, TIOCEXCL) != 0 || tcgetattr(serial->fd, &serial->before) != 0)
        return fail(HP_SERIAL_FAILED, error, path, strerror(errno));
    raw = serial->before;
    cfmakeraw(&raw);
    raw.c_cflag |= CLOCAL | CREAD;
    if (tcsetattr(serial->fd, TCSANOW, &raw) != 0 || tcflush(serial->fd, TCIFLUSH) != 0) {
        (void)fail(HP_SERIAL_FAILED, error, path, strerror(errno));
        hp_serial_close(serial);
        return HP_SERIAL_FAILED;
    }
    return HP_SERIAL_OPEN;
}

hp_serial_state
hp_serial_open(const char *path, hp_serial *serial, hp_error *error)
{
    char node[PATH_MAX];
    hp_serial_state state;

    serial->fd = -1;
    if (realpath(path, node) == NULL) /* the link of a udev rule */
        return fail_open(error, path);
    serial->fd = open(node, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW, 0);
    if (serial->fd < 0)
        return fail_open(error, path);
    state = check(serial->fd, path, error);
    if (state == HP_SERIAL_OPEN)
        state = make_raw(serial, path, error);
    if (state != HP_SERIAL_OPEN && serial->fd >= 0)
        (void)close(serial->fd);
    if (state != HP_SERIAL_OPEN)
        serial->fd = -1;
    return state;
}

void
hp_serial_close(hp_serial *serial)
{
    if (serial->fd < 0)
        return;
    (void)tcflush(serial->fd, TCIFLUSH);
    (void)tcsetattr(serial->fd, TCSANOW, &serial->before);
    (void)ioctl(serial->fd, TIOCNXCL);
    (void)close(serial->fd);
    serial->fd = -1;
}

static bool
is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

/*
 * Of the n bytes in to, of which the first seen have no line end behind something: is the text
 * whole?  Then *n is its length.  Line ends in front of it, left by a code before, are dropped.
 */
static bool
is_whole(uint8_t *to, size_t seen, size_t *n)
{
    size_t skip = 0, i;

    while (seen == 0 && skip < *n && is_line_end(to[skip]))
        skip++;
    *n -= skip;
    memmove(to, to + skip, *n);
    for (i = seen; i < *n; i++) {
        if (is_line_end(to[i])) {
            *n = i;
            return true;
        }
    }
    return false;
}

/* What ends a text that came so far. */
static hp_take
taken(bool longer)
{
    return longer ? HP_TAKE_LONG : HP_TAKE_TEXT;
}

/* One read.  False: that was the last one, and *what came of all. */
static bool
read_on(int fd, uint8_t *to, size_t room, size_t *n, bool *longer, hp_take *what)
{
    size_t seen = *n;
    ssize_t got = read(fd, to + seen, room - seen);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    *what = got < 0 || seen == 0 || isatty(fd) ? HP_TAKE_GONE : taken(*longer);
    if (got <= 0) /* the end of a pipe is the text's, that of a line an unplugged scanner */
        return false;
    *n += (size_t)got;
    *what = taken(*longer);
    if (is_whole(to, seen, n))
        return false;
    if (*n == room) {
        *longer = true;
        *n = 1;
    }
    return true;
}

hp_take
hp_take_text(int fd, int asks, double deadline, uint8_t *to, size_t room, size_t *n)
{
    struct pollfd at[] = { { .fd = fd, .events = POLLIN }, { .fd = asks, .events = POLLRDHUP } };
    bool longer = false;
    double until;
    hp_take what;
    int ready;

    *n = 0;
    do {
        until = *n > 0 ? fmin(deadline, hp_clock() + GAP) : deadline;
        ready = hp_wait(at, 2, until);
        if (ready < 0)
            return HP_TAKE_GONE;
        if (ready == 0) /* a code that is still coming at the deadline is none */
            return *n > 0 && until < deadline ? taken(longer) : HP_TAKE_NONE;
        if (at[1].revents != 0)
            return HP_TAKE_LEFT;
    } while (read_on(fd, to, room, n, &longer, &what));
    return what;
}
