"""oslo.rootwrap's own client, for python.ts: runs commands when told and says how long they took.

Arguments are the command that starts the daemon, or tells of one. Each line of standard input is a
JSON object: `argv`, how many `calls` to make, and how many `threads` make them, each with a client of
its own unless they are to share one (`shared`). The answer is a line with a list of nanoseconds: of
each call with one thread, of all together with more.
"""
import sys

sys.modules['eventlet'] = None  # a client imports it where it is installed, and is slower by that

import json
import os
import threading
import time

from oslo_rootwrap import client

CLIENTS = []


def run(caller, argv):
    code, _, err = caller.execute(argv)
    if code != 0:
        raise Exception('exit code %d: %s' % (code, err))


def several(callers, argv, calls):
    def work(caller):
        for _ in range(calls // len(callers)):
            run(caller, argv)

    threads = [threading.Thread(target=work, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def timed(work, *args):
    start = time.perf_counter_ns()
    work(*args)
    return time.perf_counter_ns() - start


def answer(argv, calls, threads=1, shared=False):
    while len(CLIENTS) < threads:
        CLIENTS.append(client.Client(sys.argv[1:]))
        run(CLIENTS[-1], argv)
    if threads == 1:
        return [timed(run, CLIENTS[0], argv) for _ in range(calls)]
    callers = CLIENTS[:1] * threads if shared else CLIENTS[:threads]
    return [timed(several, callers, argv, calls)]


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
os._exit(0)  # its clients would have the daemon end
