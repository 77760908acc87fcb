"""Runs the steps that it is told, a JSON line each, with oslo.rootwrap's own client.

A step is {"id", "thread", "client", "do", ...}. Steps of one thread run in their order, those of
different threads at once, and each is answered by {"id", "result"} or {"id", "error", "message"}.
At the end of standard input the process ends as a service does: the clients stop their daemons.

With --sha256 the client authenticates as Python 3.12 and later do.
"""
import base64
import json
import logging
import queue
import sys
import threading

sys.modules['eventlet'] = None  # slow to import, and used for nothing here

from multiprocessing import connection  # noqa: E402

from oslo_rootwrap import client as oslo  # noqa: E402

import sha256_challenge  # noqa: E402

logging.disable(logging.CRITICAL)
clients = {}
threads = {}
output = threading.Lock()


def given(value):
    """Null, text or a list as it is; {"base64"} as bytes."""
    if isinstance(value, dict):
        return base64.b64decode(value['base64'])
    return [given(item) for item in value] if isinstance(value, list) else value


def run(step):
    name, do = step['client'], step['do']
    if do == 'new':
        clients[name] = oslo.Client(step['command'])
        return None
    client = clients[name]
    if do == 'execute':
        return client.execute(given(step['argv']), given(step['stdin']))
    if do == 'at once':  # the client lets only one command run; its proxy has a connection a thread
        return client._proxy.run_one_command(given(step['argv']), given(step['stdin']))
    if do == 'daemon':
        address = client._manager._address
        key = base64.b64encode(bytes(client._manager._authkey)).decode()
        return {'pid': client._process.pid, 'socket': address, 'key': key}
    if do == 'wait':
        return client._process.wait(step['seconds'])
    if do == 'shutdown':
        return client._proxy.shutdown()
    raise ValueError(do)


def answer(step):
    try:
        told = {'result': run(step)}
    except Exception as error:
        told = {'error': type(error).__name__, 'message': str(error)}
    with output:
        print(json.dumps({'id': step['id'], **told}), flush=True)


def work(steps):
    while True:
        answer(steps.get())


def main():
    if '--sha256' in sys.argv:
        connection.answer_challenge = sha256_challenge.answer
        connection.deliver_challenge = sha256_challenge.deliver
    for line in sys.stdin:
        step = json.loads(line)
        if step['thread'] not in threads:
            steps = threads[step['thread']] = queue.Queue()
            threading.Thread(target=work, args=(steps,), daemon=True).start()
        threads[step['thread']].put(step)


main()
