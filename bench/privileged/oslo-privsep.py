"""oslo.privsep by its fork method, for python.ts: calls functions when told and says how long they took.

Each line of standard input is a JSON object: which `function` to call with which `args`, and how many
`calls` to make. The answer is a line with a list of nanoseconds, one for each call. The context keeps
CAP_SYS_ADMIN and CAP_NET_ADMIN and stays root.
"""
import json
import os
import sys
import time

from oslo_config import cfg
from oslo_privsep import capabilities
from oslo_privsep import priv_context

CONTEXT = priv_context.PrivContext(
    '__main__', cfg_section='privsep', pypath='__main__.CONTEXT',
    capabilities=[capabilities.CAP_SYS_ADMIN, capabilities.CAP_NET_ADMIN])


@CONTEXT.entrypoint
def nothing(bridge):
    return None


@CONTEXT.entrypoint
def write_sysctl(device, value):
    with open('/proc/sys/net/ipv4/conf/%s/accept_redirects' % device, 'w') as file:
        file.write(value)


FUNCTIONS = {'nothing': nothing, 'write_sysctl': write_sysctl}


def timed(work, args):
    start = time.perf_counter_ns()
    work(*args)
    return time.perf_counter_ns() - start


def answer(function, args, calls):
    return [timed(FUNCTIONS[function], args) for _ in range(calls)]


cfg.CONF([], project='bench')
CONTEXT.start(priv_context.Method.FORK)
for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
CONTEXT.stop()
os._exit(0)
