#!/bin/sh
# Runs test/posix against the addon built with AddressSanitizer and UndefinedBehaviorSanitizer, and
# once more with the fallback for kernels that lack close_range(2). Fails on an error or a leak of
# the addon; what Node itself never frees does not count.
#
# All of it happens in a copy of the tree, because the path of the addon is fixed: a program that
# runs as root must not let the environment choose what it loads.
# Needs: npm run build before, and a cc with the sanitizers' libraries. Takes about a minute.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$copy"
cp -R bin dist build native package.json "$copy"
ln -s "$root/node_modules" "$copy/node_modules"

# build CFLAGS LDFLAGS
build() {
  rm -rf "$copy/prebuilds"
  make -s -C "$copy/native" CFLAGS="$1" LDFLAGS="$2" PROGRAM_LDFLAGS="$2"
}

# All of them, though one may fail.
run_tests() {
  failed=0
  for file in "$@"; do
    basename "$file" .js
    (cd "$copy" && node "$file") || failed=1
  done
  return $failed
}

sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
build "-O1 -g $sanitizers" "$sanitizers"

# Node is not built with the sanitizer, so its library has to be there first. Node leaks on purpose:
# reports go to files. An error counts when it names the addon, a leak when the addon asked for the
# memory, directly or by way of one function.
asan=$(cc -print-file-name=libasan.so)
ubsan=$(cc -print-file-name=libubsan.so)
mkdir -m 1777 "$copy/reports"
passed=1
(
  export LD_PRELOAD="$asan $ubsan"
  export ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:log_path=$copy/reports/asan"
  export UBSAN_OPTIONS="print_stacktrace=1:log_path=$copy/reports/ubsan"
  export LSAN_OPTIONS='exitcode=0:max_leaks=0'
  run_tests build/test/posix/*.test.js
) || passed=0
# The programs stand alone: a finding ends them, and the tests see it. Node without the sanitizers' library
# needs the addon without them.
rm "$copy"/prebuilds/*/tsrootwrap.node
make -s -C "$copy/native"
run_tests build/test/system/launcher.test.js build/test/system/signal-exit-code.test.js || passed=0
find "$copy/reports" -type f -exec awk '
  BEGIN { RS = ""; ORS = "\n\n" }
  / leak of / && !/\n +#[12] [^\n]*\/native\/[a-z_]+\.c/ { next }
  /\/native\/[a-z_]+\.c|tsrootwrap\.node/' {} + >"$copy/findings"
cat "$copy/findings"
if [ $passed = 0 ] || [ -s "$copy/findings" ]; then
  echo 'native-check: a test failed, or the sanitizers found something in the addon (above)' >&2
  exit 1
fi

build '-O2 -DWITHOUT_CLOSE_RANGE' '-s'
run_tests build/test/posix/spawn-descriptors.test.js build/test/posix/become.test.js \
  build/test/posix/become-stdio.test.js
echo 'native-check: nothing found'
