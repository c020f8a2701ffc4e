/* SPDX-License-Identifier: BSD-2-Clause */
/* See ctl_rig.h. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl_rig.h"
#include "engine.h"
#include "faults.h"
#include "live.h"
#include "log.h"
#include "store.h"
#include "store_saved.h"
#include "suite.h"

struct ctl_rig rig;

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	const size_t n = strlen(rig.said);

	(void)ctx;
	if (level <= LOG_LEVEL_WARNING)
		snprintf(rig.said + n, sizeof(rig.said) - n, "%s\n", line);
}

int rig_main(int argc, char **argv)
{
	const struct look_setup setup = {
		.channel_fd = WORKER_FD_CHANNEL,
		.state_fd = WORKER_FD_STATE,
		.live_fd = WORKER_FD_LIVE,
	};

	if (argc != 1 || strcmp(argv[0], "vtpm-look") != 0)
		return -1;
	if (!faccessat(WORKER_FD_STATE, "../" RIG_LINGER, F_OK, 0) && !fork()) {
		poll(NULL, 0, RIG_LINGER_MS);
		_exit(0);
	}
	return look_run(&setup);
}

void rig_setup(void)
{
	char self[512];
	ssize_t n;
	int i;

	memset(&rig, 0, sizeof(rig));
	snprintf(rig.dir, sizeof(rig.dir), "/tmp/check_ctl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig.dir));
	/* A worker must be able to stand below it. */
	ck_assert_int_eq(chmod(rig.dir, 0711), 0);
	for (i = 0; i < 2; i++) {
		snprintf(rig.state[i], sizeof(rig.state[i]), "%s/state%d",
			 rig.dir, i);
		snprintf(rig.run[i], sizeof(rig.run[i]), "%s/run%d", rig.dir,
			 i);
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	ck_assert_int_gt((int)n, 0);
	self[n] = '\0';
	snprintf(rig.look, sizeof(rig.look), "%s/vtpm-look", rig.dir);
	ck_assert_int_eq(symlink(self, rig.look), 0);
	faults_arm(FAULTS_ANY, 0, 0);
	log_to_function(keep_line, NULL);
	/* Without a terminal nobody is asked. */
	(void)setsid();
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void rig_teardown(void)
{
	faults_arm(FAULTS_ANY, 0, 0);
	faults_while_asleep(NULL, NULL);
	nftw(rig.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void look_domain(void *ctx, uint32_t domid, struct domain_info *info)
{
	(void)ctx;
	memset(info, 0, sizeof(*info));
	info->state =
		rig.alive && domid == rig.alive ? DOMAIN_RUNNING : DOMAIN_GONE;
}

static const struct domains_ops domains = { .look = look_domain };

static void open_host(struct statedir *dirs)
{
	ck_assert_int_eq(statedir_open(dirs, rig.state[rig.host],
				       rig.run[rig.host], NULL),
			 0);
}

enum ctl_status rig_run(ctl_command *command, const char *a, const char *b,
			const char *c)
{
	char texts[3][256] = { "", "", "" };
	char *args[4] = { NULL, NULL, NULL, NULL };
	const char *const given[3] = { a, b, c };
	struct ctl ctl = { .options = &rig.options, .look = rig.look };
	enum ctl_status status;
	int i;

	for (i = 0; i < 3 && given[i]; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s", given[i]);
		args[i] = texts[i];
	}
	memset(rig.out, 0, sizeof(rig.out));
	rig.said[0] = '\0';
	ctl.domains.ops = &domains;
	ctl.out = fmemopen(rig.out, sizeof(rig.out), "w");
	ck_assert_ptr_nonnull(ctl.out);
	open_host(&ctl.dirs);
	faults_arm(rig.fault_call, rig.fault_nth, rig.fault_error);
	status = command(&ctl, args);
	rig.fault_reached = faults_disarm();
	rig.fault_nth = 0;
	statedir_close(&ctl.dirs);
	fclose(ctl.out);
	free(ctl.served);
	memset(&rig.options, 0, sizeof(rig.options));
	return status;
}

const char *rig_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig.dir, name);
	return path;
}

const char *rig_state(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig.state[rig.host], name);
	return path;
}

void rig_add(void)
{
	rig.options.uuid = RIG_UUID;
	rig.options.name = "mail";
	rig.options.instance = 1;
	ck_assert_int_eq(rig_run(cmd_add, NULL, NULL, NULL), CTL_OK);
}

/* ---- What a worker would do ---- */

struct machine {
	struct statedir dirs;
	struct store *store;
	void *tpm;
	int state_fd, live_fd;
	uint8_t key[CHANNEL_KEY_SIZE];
};

static int keep(void *ctx, const uint8_t *state, size_t len, size_t answer_len)
{
	struct machine *m = ctx;

	return store_save(m->store, state, len);
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct engine_host host = { .store = keep, .cancelled = never };

static void machine_open(struct machine *m, uint32_t instance, uint32_t domid)
{
	uint8_t *state;
	size_t len;

	open_host(&m->dirs);
	m->state_fd = statedir_open_instance(&m->dirs, instance);
	ck_assert_int_ge(m->state_fd, 0);
	m->live_fd = domid ? statedir_open_live(&m->dirs, instance, domid)
			   : open("/dev/null", O_RDWR);
	ck_assert_int_ge(m->live_fd, 0);
	ck_assert_int_eq(statedir_key(&m->dirs, instance, m->key), 0);
	ck_assert_int_eq(store_open(&m->store, m->state_fd, m->key, instance),
			 0);
	m->tpm = engine_tpm12.create(&host, m);
	ck_assert_ptr_nonnull(m->tpm);
	ck_assert_int_eq(store_load(m->store, &state, &len), 0);
	ck_assert_int_eq(engine_tpm12.load(m->tpm, state, len), 0);
	ck_assert_int_eq(engine_tpm12.power_on(m->tpm), 0);
	free(state);
}

static void machine_close(struct machine *m)
{
	engine_tpm12.destroy(m->tpm);
	store_close(m->store);
	close(m->state_fd);
	close(m->live_fd);
	statedir_close(&m->dirs);
}

static void extend(struct machine *m, uint8_t byte, uint8_t *buf, size_t size,
		   size_t *len)
{
	uint8_t req[34] = {
		0x00, 0xc1, 0, 0, 0, 34, 0, 0, 0, 0x14, 0, 0, 0, 10
	};
	uint8_t rsp[ENGINE_PACKET_MAX];

	memset(req + 14, byte, 20);
	ck_assert_uint_eq(
		engine_tpm12.execute(m->tpm, 0, req, sizeof(req), rsp), 30);
	ck_assert_int_eq(engine_tpm12.save_volatile(m->tpm, buf, size, len), 0);
}

void rig_live(uint32_t instance, uint32_t domid, uint8_t byte)
{
	struct machine m;
	struct live *live;
	size_t len;

	machine_open(&m, instance, domid);
	ck_assert_int_eq(live_open(&live, m.live_fd, m.key, instance, domid),
			 0);
	extend(&m, byte, live_room(live), LIVE_STATE_MAX, &len);
	ck_assert_int_eq(live_save(live, len, 0), 0);
	live_close(live);
	machine_close(&m);
}

void rig_suspend(uint32_t instance, uint32_t domid)
{
	struct statedir dirs;

	open_host(&dirs);
	statedir_mark_suspended(&dirs, instance, domid,
				(const uint8_t *)RIG_GUEST);
	statedir_close(&dirs);
}

void rig_saved(uint32_t instance, uint8_t byte)
{
	static uint8_t buf[ENGINE_VOLATILE_MAX];
	struct machine m;
	size_t len;

	machine_open(&m, instance, 0);
	extend(&m, byte, buf, sizeof(buf), &len);
	ck_assert_int_eq(
		store_saved_save(m.store, (const uint8_t *)RIG_GUEST, buf, len),
		0);
	machine_close(&m);
}

void rig_write_again(uint32_t instance)
{
	struct machine m;
	uint8_t *state;
	size_t len;

	machine_open(&m, instance, 0);
	ck_assert_int_eq(store_load(m.store, &state, &len), 0);
	ck_assert_int_eq(store_save(m.store, state, len), 0);
	free(state);
	machine_close(&m);
}

int rig_lock(uint32_t instance, int how)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%u", rig.state[rig.host], instance);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, how | LOCK_NB), 0);
	return fd;
}

/* ---- Files ---- */

void rig_put(const char *path, const void *bytes, size_t len, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq((int)write(fd, bytes, len), (int)len);
	close(fd);
}

size_t rig_get(const char *path, uint8_t *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, bytes, size);
	ck_assert_int_ge((int)n, 0);
	close(fd);
	return (size_t)n;
}

bool rig_exists(const char *path)
{
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}
