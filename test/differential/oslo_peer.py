"""Answers, one JSON line for each, what oslo.rootwrap decides about a command.

A question is {"filters": [directory...], "exec_dirs": [directory...], "argv": [word...]}.
The answer holds oslo.rootwrap's own verdict (as its cmd.py comes to it) and a trace: every filter
that would take the command if those before it were not there, with facts about the words that the
other side needs to tell why it does not take it.
"""
import copy
import errno
import json
import logging
import os
import re
import shutil
import stat
import sys
import warnings

sys.modules['eventlet'] = None  # slow to import, and used for nothing here

from oslo_rootwrap import filters, wrapper  # noqa: E402

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)

really_listdir = os.listdir
os.listdir = lambda path: sorted(really_listdir(path), key=os.fsencode)


def verdict(loaded, argv, exec_dirs):
    try:
        match = wrapper.match_filter(loaded, argv, exec_dirs=exec_dirs)
        return dict(outcome='allowed', filter=match.name, user=match.run_as,
                    command=match.get_command(argv, exec_dirs),
                    environment=variables(match, argv))
    except wrapper.FilterMatchNotExecutable as error:
        return dict(outcome='not-executable', filter=error.match.name)
    except wrapper.NoFilterMatched:
        return dict(outcome='denied')
    except Exception as error:
        return dict(outcome='crash: ' + type(error).__name__)


def variables(match, argv):
    environment = match.get_environment(list(argv)) or {}
    return {name: value for name, value in environment.items() if os.environ.get(name) != value}


def trace(candidates, argv, exec_dirs, everything=None):
    """Each filter that matches on its own; argv changes on the way, as oslo.rootwrap changes it."""
    found = []
    envs = 0
    for position, candidate in enumerate(candidates):
        length = len(argv)
        crash = None
        try:
            matched = candidate.match(argv)
        except Exception as error:
            crash = type(error).__name__
            matched = without_crash(candidate, argv)
        envs += length - len(argv)
        if crash and not matched:
            found.append(dict(crash=crash, filter_class=type(candidate).__name__, matched=False))
        if not matched:
            continue
        fact = dict(position=position, name=candidate.name, matched=True, crash=crash,
                    filter_class=type(candidate).__name__, exec=candidate.exec_path,
                    words=list(argv), envs=envs, user=candidate.run_as)
        if isinstance(candidate, filters.ChainingFilter):
            inner = chain(candidate, argv, exec_dirs, everything or candidates)
            if inner is None:
                continue
            fact['inner'] = inner
        fact['executable'] = candidate.get_exec(exec_dirs=exec_dirs)
        fact['file'] = first_file(candidate.exec_path, exec_dirs)
        fact['command'] = candidate.get_command(argv, exec_dirs)
        fact['environment'] = variables(candidate, argv)
        if isinstance(candidate, (filters.RegExpFilter, filters.ChainingRegExpFilter)):
            fact['patterns'] = [dict(source=source, full=fullmatch(source, word))
                                for source, word in zip(candidate.args, argv)]
        if isinstance(candidate, filters.PathFilter):
            fact['paths'] = [place(constraint, word)
                             for constraint, word in zip(candidate.args, argv[1:])
                             if os.path.isabs(constraint)]
        if isinstance(candidate, filters.KillFilter):
            fact['program'] = program(candidate, argv[-1])
            fact['byPath'] = os.path.isabs(candidate.args[0])
        found.append(fact)
    return found


def chain(candidate, argv, exec_dirs, everything):
    """The trace for the command behind a prefix; None when oslo.rootwrap does not take it."""
    leaves = [leaf for leaf in everything if leaf.run_as == candidate.run_as
              and not isinstance(leaf, filters.ChainingFilter)]
    by_base_name = candidate.exec_args(argv)
    if not by_base_name:
        return None
    crashed = False
    try:
        wrapper.match_filter(leaves, list(by_base_name), exec_dirs=exec_dirs)
    except (wrapper.NoFilterMatched, wrapper.FilterMatchNotExecutable):
        return None
    except Exception:
        crashed = True  # the trace below shows in which filter
    as_given = argv[len(argv) - len(by_base_name):]
    taken = {item['position'] for item in trace(leaves, list(as_given), exec_dirs)
             if item['matched']}
    items = trace(leaves, by_base_name, exec_dirs)
    for item in items:
        item['byPathToo'] = item.get('position') in taken
    return dict(crashed=crashed, prefix=argv[1:len(argv) - len(as_given)], items=items)


def without_crash(candidate, argv):
    """KillFilter stumbles over a missing program: what it would say if it did not."""
    if not isinstance(candidate, filters.KillFilter):
        return False
    candidate._program_path = lambda command: shutil.which(command) or ''
    try:
        return candidate.match(argv)
    except Exception:
        return False
    finally:
        del candidate._program_path


def program(candidate, pid):
    candidate._program_path = lambda command: shutil.which(command) or ''
    try:
        return candidate._program(pid)
    finally:
        del candidate._program_path


def first_file(path, exec_dirs):
    places = [path] if os.path.isabs(path) else [os.path.join(d, path) for d in exec_dirs]
    usable = (p for p in places if os.path.isfile(p) and os.access(p, os.X_OK))
    return next(usable, None)


def fullmatch(pattern, word):
    try:
        return re.fullmatch(pattern, word) is not None
    except re.error:
        return None


def place(constraint, word):
    real = filters.realpath(word)
    parts = real.split('/')
    names = ['/'.join(parts[:end]) for end in range(2, len(parts) + 1)]
    return dict(constraint=constraint, real=real, exists=os.path.lexists(real),
                loop=ends_in(word, errno.ELOOP) or ends_in(real, errno.ELOOP),
                exchangeable=any(replaceable(name) for name in names if name != '/'),
                filled=os.path.isdir(real) and fillable(real))


def ends_in(path, number):
    try:
        os.stat(path)
    except OSError as error:
        return error.errno == number
    return False


def replaceable(path):
    """Whether somebody else may put another object there."""
    trusted = (0, os.geteuid())
    try:
        directory = os.lstat(os.path.dirname(path) or '/')
    except OSError:
        return False  # whoever may make it was asked one name before
    if directory.st_uid not in trusted:
        return True
    if not directory.st_mode & 0o022:
        return False
    try:
        entry = os.lstat(path)
    except OSError:
        return True
    return not (directory.st_mode & stat.S_ISVTX and entry.st_uid in trusted)


def fillable(directory):
    """Whether somebody else may put an object into the directory."""
    found = os.stat(directory)
    return found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022 != 0


def main():
    policies = {}
    for line in sys.stdin.buffer:
        question = json.loads(line)
        argv, exec_dirs = question['argv'], question['exec_dirs']
        key = tuple(question['filters'])
        if key not in policies:
            try:
                policies[key] = wrapper.load_filters(question['filters'])
            except Exception as error:
                policies[key] = 'crash: ' + type(error).__name__
        loaded = policies[key]
        if isinstance(loaded, str):
            answer = dict(verdict=dict(outcome=loaded), trace=[])
        else:
            answer = dict(verdict=verdict(loaded, copy.deepcopy(argv), exec_dirs))
            try:
                answer['trace'] = trace(loaded, copy.deepcopy(argv), exec_dirs)
            except Exception as error:  # words that Python cannot use as paths
                answer['trace'] = [dict(crash=type(error).__name__, filter_class='', matched=False)]
        print(json.dumps(answer))


main()
