#!/usr/bin/env bash
# What `npm pack` makes of a fresh clone installs into an empty prefix, with no registry, no compiler
# and no install scripts, holds exactly the packages of the lock, and runs there.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# The files that git has or would take: neither packages nor anything built.
mkdir "$work/clone"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - | tar --extract --directory "$work/clone"
(cd "$work/clone" && npm pack --silent --pack-destination "$work")
package=$(echo "$work"/tsrootwrap-*.tgz)
tar --extract --file "$package" --directory "$work"

# PATH with what npm and the launcher call, and with no cc and no make; a registry that refuses.
mkdir "$work/tools"
for tool in node npm sh env; do ln -s "$(command -v $tool)" "$work/tools/$tool"; done
# install DIRECTORY OPTION...: fails when npm warns
install() {
  (cd "$1" && env -u NODE_EXTRA_CA_CERTS PATH="$work/tools" npm install --no-audit --no-fund \
    --registry http://127.0.0.1:1/ --fetch-retries=0 --cache "$work/cache" "${@:2}" "$package") \
    >"$work/install" 2>&1 || { cat "$work/install"; return 1; }
  if grep -i warn "$work/install"; then
    echo 'pack-check: npm warns' >&2
    return 1
  fi
}
install "$work" --global --prefix "$work/prefix"
install "$work" --global --prefix "$work/without-scripts" --ignore-scripts
installed=$work/prefix/lib/node_modules/tsrootwrap
diff -r "$work/package" "$installed"
diff -r "$work/package" "$work/without-scripts/lib/node_modules/tsrootwrap"
if [ "$(id -u)" = 0 ]; then
  sh scripts/install.sh "$package" --to "$work/versions" --prefix "$work/local"
  diff -r "$work/package" "$work/versions/current"
fi

# What root will load: nobody else's, each package as the lock has it, and nothing linked elsewhere.
test -z "$(find "$installed" ! -user "$(id -u)" -o -perm /022 -o -type l)"
node - "$installed" <<'END'
const { readFileSync, readdirSync } = require('node:fs');
const installed = process.argv[2];
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { packages } = read('package-lock.json');
const expected = Object.keys(packages).filter((place) => place && !packages[place].dev);
const found = readdirSync(installed, { recursive: true })
  .filter((file) => /^(?:(?:.+\/)?node_modules\/(?:@[^/]+\/)?[^/@]+)\/package\.json$/.test(file))
  .map((file) => file.slice(0, -'/package.json'.length));
if (expected.sort().join() !== found.sort().join()) throw new Error(`packages: ${found}`);
for (const place of found) {
  const { version } = read(`${installed}/${place}/package.json`);
  if (version !== packages[place].version) throw new Error(`${place}: ${version}`);
}
for (const file of readdirSync(`${installed}/dist`, { recursive: true })) {
  if (!file.endsWith('.map')) continue;
  const { sources, sourcesContent = [] } = read(`${installed}/dist/${file}`);
  if (sourcesContent.length !== sources.length) throw new Error(`${file} lacks its source`);
}
END

ln -s "$(command -v node)" "$work/prefix/bin/node"

mkdir "$work/app" "$work/app/filters.d"
printf '[DEFAULT]\nfilters_path = filters.d\nexec_dirs = /bin\ndaemon_directory = sockets\n' > "$work/app/rootwrap.conf"
printf '[Filters]\necho: RegExpFilter, echo, root, echo, [a-z]+\n' > "$work/app/filters.d/app.filters"
chmod -R go-w "$work/app"

tsrootwrap="$work/prefix/bin/tsrootwrap"
test "$("$tsrootwrap" "$work/app/rootwrap.conf" echo allowed)" = allowed
status=0
"$tsrootwrap" "$work/app/rootwrap.conf" echo REFUSED || status=$?
test "$status" = 99
"$tsrootwrap" --version

daemon="$work/prefix/bin/tsrootwrap-daemon"
test "$("$daemon" --version)" = "$("$tsrootwrap" --version | sed 's/^tsrootwrap/&-daemon/')"

privileged="$work/prefix/bin/tsrootwrap-privileged"
test "$("$privileged" --version)" = "$("$tsrootwrap" --version | sed 's/^tsrootwrap/&-privileged/')"

ctl="$work/prefix/bin/tsrootwrapctl"
test "$("$ctl" --version)" = "$("$tsrootwrap" --version | sed 's/^tsrootwrap/&ctl/')"
"$ctl" check "$work/app/rootwrap.conf" --checkout --fail-on high > "$work/narrow"
"$ctl" explain "$work/app/rootwrap.conf" -- echo allowed > "$work/explained"
printf '[Filters]\ntar: CommandFilter, tar, root\n' > "$work/app/wide.filters"
status=0
"$ctl" check "$work/app/wide.filters" --checkout > "$work/wide" || status=$?
test "$status" = 1
grep -q 'for example: tar' "$work/wide" # so data/programs.json is there
test "$(echo 'echo allowed' | "$ctl" batch "$work/app/rootwrap.conf" 2> "$work/batch")" = allowed
"$ctl" completion bash | bash -n

cd "$installed"
cat > "$work/library.mjs" <<END
import { Policy } from '$PWD/dist/index.js';
const { outcome } = Policy.load('$work/app/rootwrap.conf').decide(['echo', 'allowed']);
if (outcome !== 'allowed') throw new Error(outcome);
END
node "$work/library.mjs"

# As a program that has the package among its own: by name.
mkdir -p "$work/service/node_modules"
ln -s "$PWD" "$work/service/node_modules/tsrootwrap"
cat > "$work/service/main.mjs" <<END
import * as whole from 'tsrootwrap';
import { RootwrapClient } from 'tsrootwrap/client';
if (whole.RootwrapClient !== RootwrapClient) throw new Error('there are two clients');
for (const option of [[], ['--stdio']]) {
  const client = new RootwrapClient(['$daemon', ...option, '$work/app/rootwrap.conf']);
  const { stdout } = await client.execute(['echo', 'allowed']);
  if (stdout !== 'allowed') throw new Error(stdout);
  const refused = await client.execute(['echo', 'REFUSED']).then(String, ({ name }) => name);
  if (refused !== 'RefusedError') throw new Error(refused);
  await client.close();
}
END
node "$work/service/main.mjs"

# Privileged functions: in the service by name, and as root in a helper that was started by this package.
mkdir "$work/app/privileged"
cat > "$work/app/privileged/net.mjs" <<END
import { context } from 'tsrootwrap/privileged';
const net = context('net', { user: 'nobody' });
export const whoPrivileged = net.entrypoint({}, () => process.getuid());
END
cat > "$work/service/privileged.mjs" <<END
import { configure } from 'tsrootwrap/privileged';
import * as testing from 'tsrootwrap/privileged/testing';
if (typeof configure !== 'function' || Object.keys(testing).length === 0) throw new Error('empty');
if (process.getuid() === 0) {
  configure({ config: '$work/app/rootwrap.conf' });
  const { whoPrivileged } = await import('$work/service/net.mjs');
  const uid = await whoPrivileged();
  if (uid === 0) throw new Error('the function ran as root');
}
END
cp "$work/app/privileged/net.mjs" "$work/service/net.mjs"
echo 'privileged_modules = privileged' >> "$work/app/rootwrap.conf"
chmod -R go-w,a+rX "$work"
node "$work/service/privileged.mjs"
for page in tsrootwrap.1 tsrootwrap-daemon.1 tsrootwrap-privileged.8 rootwrap.conf.5 tsrootwrapctl.8; do test -f "docs/man/$page"; done
for unit in tsrootwrap@.service app.service; do test -f "docs/examples/systemd/$unit"; done
echo "packed, installed and run: $(du -sh --apparent-size . | cut -f1) in $(find . -type f | wc -l) files"
