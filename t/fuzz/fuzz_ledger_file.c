/*
 * The file of a ledger: a head, a key and a row of any bytes.  What is taken up is within bounds,
 * and what is not stays as it is.  The first byte says what is given right checks.
 */
#include "fuzz.h"

#include "base/cursor.h"
#include "base/file.h"
#include "ledger/file_layout.h"

#include <fcntl.h>
#include <unistd.h>

unsigned fuzz_costs = 10;

#define FIX_HEAD  1u
#define FIX_KEY   2u
#define FIX_ROW   4u
#define OWN_BOOT  8u /* the head is one of this boot */

typedef struct {
    hp_ledger_head head;
    hp_ledger_key key;
    hp_ledger_record record;
} file;

static const char *path;
static hp_error error;

static hp_use
used(void)
{
    hp_use use = { .n = 1 };

    memset(use.pass[0], 'p', HP_ID);
    memset(use.by[0], 'b', HP_BY);
    return use;
}

static hp_ledger_head
own_head(void)
{
    static hp_ledger_head head;
    int fd;

    if (head.version != 0)
        return head;
    (void)unlink(path);
    MUST(hp_ledger_file_ready(path, &error));
    fd = open(path, O_RDONLY);
    MUST(fd >= 0 && read(fd, &head, sizeof(head)) == sizeof(head) && close(fd) == 0);
    return head;
}

static void
fill(void *to, size_t room, hp_cur *c)
{
    size_t n = hp_cur_left(c) < room ? hp_cur_left(c) : room;

    memset(to, 0, room);
    memcpy(to, hp_cur_take(c, n), n);
}

static void
make_file(file *f, hp_str s)
{
    hp_cur c = hp_cur_of(s);
    unsigned how = *hp_cur_take(&c, 1);
    uint64_t check;

    fill(&f->head, sizeof(f->head), &c);
    fill(&f->key, sizeof(f->key), &c);
    fill(&f->record, sizeof(f->record), &c);
    if ((how & FIX_HEAD) != 0)
        f->head.check = hp_ledger_check(&f->head, offsetof(hp_ledger_head, check), 0);
    if ((how & OWN_BOOT) != 0)
        f->head = own_head();
    if ((how & FIX_KEY) != 0)
        f->key.check = hp_ledger_key_check(&f->key, 0);
    check = hp_ledger_check(&f->record, HP_LEDGER_CHECK, 0);
    if ((how & FIX_ROW) != 0)
        memcpy(&f->record.bytes[HP_LEDGER_CHECK], &check, sizeof(check));
}

static void
put_file(const file *f)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    MUST(fd >= 0 && ftruncate(fd, HP_LEDGER_RECORDS + HP_LEDGER_RECORD) == 0);
    MUST(pwrite(fd, &f->head, sizeof(f->head), 0) == sizeof(f->head));
    MUST(pwrite(fd, &f->key, sizeof(f->key), HP_LEDGER_KEYS) == sizeof(f->key));
    MUST(pwrite(fd, &f->record, sizeof(f->record), HP_LEDGER_RECORDS) == sizeof(f->record));
    MUST(close(fd) == 0);
}

static void
must_be_as_before(const file *f)
{
    file now;
    int fd = open(path, O_RDONLY);

    MUST(fd >= 0);
    MUST(pread(fd, &now.head, sizeof(now.head), 0) == sizeof(now.head));
    MUST(pread(fd, &now.key, sizeof(now.key), HP_LEDGER_KEYS) == sizeof(now.key));
    MUST(pread(fd, &now.record, sizeof(now.record), HP_LEDGER_RECORDS) == sizeof(now.record));
    MUST(close(fd) == 0 && memcmp(&now, f, sizeof(now)) == 0);
}

static bool
within_bounds(void *context, const hp_ledger_file_row *row)
{
    (void)context;
    MUST(row->count >= 1 && row->count <= HP_USE_SLOTS && row->placed <= row->count);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const hp_use_terms terms = { .limit = 3, .window = 60, .refuse = true };
    hp_use use = used();
    hp_use_answer answer;
    uint32_t wait;
    file f;

    if (n == 0)
        return 0;
    if (path == NULL)
        path = strdup(maker_file("fuzz/ledger", HP_STR("")));
    memset(&f, 0, sizeof(f));
    make_file(&f, (hp_str){ p, n });
    put_file(&f);
    error.text[0] = '\0';
    if (!hp_ledger_file_each(path, within_bounds, NULL, &error))
        MUST(strncmp(error.text, path, strlen(path)) == 0);
    must_be_as_before(&f);
    if (!hp_ledger_file_take(path, &use, &terms, &answer, &error)) {
        MUST(answer.state == HP_USE_AWAY && strncmp(error.text, path, strlen(path)) == 0);
        must_be_as_before(&f);
        return 0;
    }
    MUST(answer.count <= HP_USE_SLOTS);
    MUST(hp_ledger_file_wait(path, use.pass[0], 1, &wait, &error));
    MUST(hp_ledger_file_end(path, &use, true, &error));
    return 0;
}

static hp_str
seed_of(unsigned how, const file *f)
{
    uint8_t first = (uint8_t)how;
    uint8_t whole[1 + sizeof(f->head) + sizeof(f->key) + sizeof(f->record)];

    memcpy(whole, &first, 1);
    memcpy(whole + 1, &f->head, sizeof(f->head));
    memcpy(whole + 1 + sizeof(f->head), &f->key, sizeof(f->key));
    memcpy(whole + 1 + sizeof(f->head) + sizeof(f->key), &f->record, sizeof(f->record));
    return maker_copy((hp_str){ whole, sizeof(whole) });
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    file f = { { HP_LEDGER_MAGIC, HP_LEDGER_VERSION, HP_LEDGER_FILE_PASSES, "boot", 0 },
               { 0, UINT32_MAX, 0 }, { .bytes = { 0 } } };
    hp_use_slot *slots = f.record.row.slots;
    hp_use use = used();

    put("empty", HP_STR("\x0f"));
    memcpy(&f.key.tag, use.pass[0], sizeof(f.key.tag));
    memcpy(f.record.row.pass, use.pass[0], HP_ID);
    f.record.row.room = HP_USE_SLOTS;
    f.record.row.n = 2;
    slots[0] = (hp_use_slot){ "first", UINT32_MAX, 1, 1, 0 };
    slots[1] = (hp_use_slot){ "second", UINT32_MAX, 0, 0, 0 };
    put("two", seed_of(FIX_KEY | FIX_ROW | OWN_BOOT, &f));
    put("another-boot", seed_of(FIX_HEAD | FIX_KEY | FIX_ROW, &f));
    put("damaged", seed_of(OWN_BOOT, &f));
    f.record.row.n = HP_USE_SLOTS;
    memcpy(slots[2].by, use.by[0], HP_BY);
    put("all-slots", seed_of(FIX_KEY | FIX_ROW | OWN_BOOT, &f));
    f.key = (hp_ledger_key){ 0, 0, 0 };
    put("no-key", seed_of(FIX_ROW | OWN_BOOT, &f));
}
