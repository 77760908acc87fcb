import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { ROOT } from '../support/executable.js';
import { patiently } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';

const DAY = 86_400;

/** Puts the time of day off by the seconds in a file; the clocks that only go forward stay as they are. */
const FALSE_CLOCK = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) {
  long seconds = 0;
  const char *path = getenv("FALSE_CLOCK");
  FILE *file = path == NULL ? NULL : fopen(path, "re");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
  fclose(file);
  return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += offset();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (result != NULL) *result = precise.tv_sec;
  return precise.tv_sec;
}
`;

const directory = temporaryDirectory();
const library = join(directory, 'false-clock.so');
const compiled = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-o', library, '-', '-ldl'], {
  input: FALSE_CLOCK,
  encoding: 'utf8',
});

/** A daemon whose time of day a test sets. */
async function withClock(
  settings: string,
  body: (daemon: DaemonProcess, jump: (seconds: number) => void) => Promise<void>,
): Promise<void> {
  const clock = join(temporaryDirectory(), 'clock');
  const jump = (seconds: number) => {
    writeFileSync(`${clock}.new`, String(seconds));
    renameSync(`${clock}.new`, clock);
  };
  jump(0);
  const daemon = await DaemonProcess.start(daemonPolicy('', settings), {
    env: { LD_PRELOAD: library, FALSE_CLOCK: clock },
    // the launcher would give Node no variable
    through: (launcher) => [process.execPath, join(ROOT, 'bin/program.js'), launcher],
  });
  try {
    assert.match(readFileSync(`/proc/${daemon.pid}/maps`, 'utf8'), library);
    await body(daemon, jump);
  } catch (error) {
    daemon.kill();
    throw error;
  }
}

test('the false clock is believed where the time of day is asked', () => {
  assert.is(compiled.status, 0, compiled.stderr);
  const clock = join(directory, 'clock');
  writeFileSync(clock, String(-DAY));
  const { stdout } = spawnSync(process.execPath, ['-p', 'Date.now()'], {
    env: { LD_PRELOAD: library, FALSE_CLOCK: clock },
    encoding: 'utf8',
  });
  const off = Date.now() / 1000 - Number(stdout) / 1000;
  assert.ok(off > DAY - 3600 && off < DAY + 3600, `off by ${off} s`);
});

for (const [title, seconds] of [
  ['forward', DAY],
  ['back', -DAY],
] as const) {
  test(`a day ${title} during calls neither ends one early nor keeps a timeout from coming`, async () => {
    await withClock('', async (daemon, jump) => {
      await daemon.leavesNothing(async () => {
        const client = await daemon.client();
        const long = client.request(['sh', '-c', 'read x'], { feeding: true, timeout: 3_600_000 });
        const short = client.request(['sh', '-c', 'exec sleep 1000'], { timeout: 1500 });
        await client.run(['true']);
        jump(seconds);
        assert.is((await client.end(short)).timedOut, true);
        client.connection.send({ type: 'stdin', id: long, end: true }, Buffer.from('\n'));
        const { code, timedOut } = await client.end(long);
        assert.is(code, 0);
        assert.is(timedOut, undefined);
        client.connection.destroy();
      });
      await daemon.stop();
    });
  });

  test(`a day ${title} neither ends an idle daemon early nor keeps it from ending`, async () => {
    await withClock('daemon_timeout = 2', async (daemon, jump) => {
      const client = await daemon.client();
      assert.is((await client.run(['true'])).code, 0);
      jump(seconds); // behind the last request, from which idleness counts
      assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: 1 });
      await client.connection.end();
      client.connection.destroy();
      assert.is((await patiently('its end', daemon.ended)).code, 0);
    });
    await withClock('daemon_timeout = 3600', async (daemon, jump) => {
      const client = await daemon.client();
      jump(seconds);
      for (let calls = 0; calls < 50; calls++) assert.is((await client.run(['true'])).code, 0);
      client.connection.destroy();
      await daemon.stop();
    });
  });

  test(`a day ${title} neither cuts an authentication short nor prolongs it`, async () => {
    await withClock('daemon_auth_timeout = 3600', async (daemon, jump) => {
      const patient = await daemon.connect();
      const client = await daemon.client();
      jump(seconds);
      for (let calls = 0; calls < 50; calls++) assert.is((await client.run(['true'])).code, 0);
      await patient.authenticate(daemon.key);
      patient.destroy();
      client.connection.destroy();
      await daemon.stop();
    });
    await withClock('daemon_auth_timeout = 1', async (daemon, jump) => {
      const idle = await daemon.connect();
      await idle.next();
      jump(seconds);
      assert.equal(await idle.end(), []);
      idle.destroy();
      await daemon.stop();
    });
  });
}

test.run();
