"""Prints src/policy/pattern/unicode-tables.ts from the Unicode data of the running Python.

Run it with Python 3.11 (Unicode 14) and redirect into that file. With --json it prints the plain
sets instead, which the tests compare with what the tables decode to.
"""

import _sre
import json
import sys
import unicodedata

if sys.version_info >= (3, 11):
    from re._casefix import _EXTRA_CASES
else:
    _EXTRA_CASES = {}

EVERY = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def ranges(points):
    found = []
    for point in points:
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def base36(number):
    digits = '0123456789abcdefghijklmnopqrstuvwxyz'
    text = ''
    while True:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
        if number == 0:
            return text


def packed_ranges(points):
    """Gap to the range before and length minus one, in turn."""
    numbers = []
    end = 0
    for first, last in ranges(points):
        numbers += [first - end, last - first]
        end = last
    return ' '.join(map(base36, numbers))


def packed_lower(pairs):
    """Runs of equal distance: first, count, step, distance (with its sign in front)."""
    runs = []
    for point, lower in pairs:
        distance = lower - point
        if runs:
            run = runs[-1]
            step = point - run['last']
            if run['distance'] == distance and (
                step == run['step'] or (run['count'] == 1 and step <= 2)
            ):
                run.update(last=point, step=step, count=run['count'] + 1)
                continue
        runs.append(dict(first=point, last=point, step=1, count=1, distance=distance))
    return ' '.join(
        f"{base36(r['first'])} {base36(r['count'])} {base36(r['step'])} "
        f"{'-' if r['distance'] < 0 else ''}{base36(abs(r['distance']))}"
        for r in runs
    )


words = [c for c in EVERY if chr(c).isalnum() or c == 0x5F]
digits = [c for c in EVERY if chr(c).isdecimal()]
spaces = [c for c in EVERY if chr(c).isspace()]
lower = [(c, _sre.unicode_tolower(c)) for c in EVERY if _sre.unicode_tolower(c) != c]

if '--json' in sys.argv:
    extra = {str(k): list(v) for k, v in _EXTRA_CASES.items()}
    print(json.dumps({
        'unicode': unicodedata.unidata_version, 'word': ranges(words), 'digit': ranges(digits),
        'space': ranges(spaces), 'lower': lower, 'extra': extra,
    }))
    sys.exit(0)


def constant(name, comment, text):
    print(f'\n/** {comment} */\nexport const {name} =\n  \'{text}\';')


print('// Printed by test/policy/pattern/print-unicode-tables.py from Unicode '
      + unicodedata.unidata_version + '. All numbers are in base 36.')
constant('WORD_RANGES', 'str.isalnum or underscore: gap and length less one, in turn.',
         packed_ranges(words))
constant('DIGIT_RANGES', 'str.isdecimal.', packed_ranges(digits))
constant('SPACE_RANGES', 'str.isspace.', packed_ranges(spaces))
constant('LOWER_RUNS', 'Simple lower case: first, count, step, distance.', packed_lower(lower))
constant('EXTRA_CASES', 'Lower-case letters that share an upper case: a letter and its equals.',
         ','.join(' '.join(map(base36, (k, *v))) for k, v in sorted(_EXTRA_CASES.items())))
