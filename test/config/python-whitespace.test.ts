import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { indentation, pythonTrim, pythonTrimEnd } from '#src/config/python-whitespace.js';
import { askPython, findPython } from './python-oracle.js';
import { testWhere } from './requirements.js';

test('strip takes blanks from both ends and none from inside', () => {
  assert.is(pythonTrim('\u001c\t a b \u3000\u0085'), 'a b');
  assert.is(pythonTrim(' \n\u2028'), '');
});

test('rstrip leaves the front alone', () => {
  assert.is(pythonTrimEnd('  a \u001f'), '  a');
});

test('the indentation of a blank line is its length', () => {
  assert.is(indentation(' \t x'), 3);
  assert.is(indentation('   '), 3);
});

const python = findPython('import json');

testWhere(
  python !== undefined,
  'python3',
  'every code unit is a blank exactly where Python says',
  () => {
    const program = `
import json, re, sys
sys.stdin.readline()
print(json.dumps([i for i in range(0x10000) if chr(i).isspace() and not re.match(r'\\S', chr(i))]))`;
    const [blanks] = askPython<number[]>(python as string, program, [null]);
    const ours = Array.from({ length: 0x10000 }, (_, code) => code).filter(
      (code) => pythonTrim(String.fromCharCode(code)) === '',
    );
    assert.equal(ours, blanks);
  },
);

test.run();
