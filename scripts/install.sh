#!/bin/sh
# Installs an archive that `npm pack` made, or upgrades to it without a caller noticing:
#
#   sudo sh install.sh ARCHIVE [--to DIRECTORY] [--prefix DIRECTORY]
#
# Each version has a directory of its own, which nothing changes afterwards: /opt/tsrootwrap/VERSION.
# The link /opt/tsrootwrap/current says which version new calls get, and is exchanged in one step.
# /usr/local/bin and /usr/local/share/man have links through it, those of programs to the launcher itself:
# the script that npm links to has to find it first.
# Needs tar, gzip and Node. Asks no registry. Exit codes: 0 installed; 1 not, and no version and no link is
# changed: at most directories for links were made.
set -eu
umask 022

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

usage='usage: sudo sh install.sh ARCHIVE [--to DIRECTORY] [--prefix DIRECTORY]'
archive='' to=/opt/tsrootwrap prefix=/usr/local
while [ $# -gt 0 ]; do
  case $1 in
    --to) to=${2-} && shift ;;
    --prefix) prefix=${2-} && shift ;;
    -*) fail "there is no option $1; $usage" ;;
    *) [ -z "$archive" ] || fail "one archive only; $usage" && archive=$1 ;;
  esac
  shift || fail "$usage"
done
[ -n "$archive" ] || fail "$usage"
[ -f "$archive" ] || fail "there is no archive $archive; \`npm pack\` in the source tree makes one"
[ "$(id -u)" = 0 ] || fail 'only root can install what root will run: call it by sudo'

# Nobody else may be able to exchange what stands in a directory, nor to put anything there.
require_own() {
  directory=$1 sticky=none
  case $directory in
    /*) ;;
    *) fail "$directory is no absolute path" ;;
  esac
  while :; do
    # owner 0; no w for group and others, but above it the sticky bit is enough, which keeps them off root's entries
    case $(stat -Lc '%u %A' "$directory") in
      '0 '?????-??-* | '0 '?????????[$sticky]) ;;
      *) fail "others than root can write to $directory; name another place, or \`chown root $directory && chmod go-w $directory\`" ;;
    esac
    [ "$directory" != / ] || break
    directory=$(dirname "$directory") sticky=tT
  done
}

mkdir -p "$to" "$prefix/bin"
to=$(realpath "$to") prefix=$(realpath "$prefix")
require_own "$to"
require_own "$prefix/bin"

new=$(mktemp -d "$to/.new-XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$new"
tar --extract --gzip --strip-components=1 --no-same-owner --no-same-permissions --directory "$new" <"$archive" ||
  fail "$archive is no archive of tsrootwrap"

# What package.json says: VERSION, then `bin NAME FILE` and `man FILE` lines.
contents=$(node -e '
  const { name, version, bin, man } = JSON.parse(require("fs").readFileSync(process.argv[1]));
  const words = [version, ...Object.entries(bin).flat(), ...man];
  if (name !== "tsrootwrap" || !words.every((word) => /^(?!\.\.?\/)[A-Za-z0-9][\w.+\/-]*$/.test(word)) || words.some((word) => word.includes(".."))) process.exit(1);
  console.log(version);
  for (const [command, file] of Object.entries(bin)) {
    const target = file === "bin/tsrootwrap" ? `prebuilds/linux-${process.arch}-glibc/launcher` : file;
    console.log(`bin ${command} ${target}`);
  }
  for (const file of man) console.log(`man ${file}`);
' "$new/package.json") || fail "$archive is no archive of tsrootwrap, or there is no node in PATH"
version=$(echo "$contents" | head -n 1)

# The links in PREFIX, as `LINK TARGET` lines.
links=$(echo "$contents" | while read -r kind first second; do
  case $kind in
    bin) echo "$prefix/bin/$first $to/current/$second" ;;
    man) echo "$prefix/share/man/man${first##*.}/$(basename "$first") $to/current/$first" ;;
  esac
done)
echo "$links" | while read -r link target; do
  [ -L "$link" ] || [ ! -e "$link" ] || fail "$link is no link; move it away"
  directory=$(dirname "$link")
  mkdir -p "$directory"
  require_own "$directory"
  require_own "$(realpath "$directory")"
done

# It starts here, or nothing is changed: a Node that is too old, another architecture or C library.
launcher=$(echo "$contents" | sed -n 's/^bin tsrootwrap //p')
said=$("$new/$launcher" "$prefix/bin/tsrootwrap" --version) || fail "tsrootwrap $version does not start here (see above)"
[ "$said" = "tsrootwrap $version" ] || fail "the archive says $version, its program: $said"

if [ -e "$to/$version" ]; then
  [ -z "$(find "$to/$version" \( ! -user root -o -perm /022 \) ! -type l -print -quit)" ] ||
    fail "others than root own or can write to what is in $to/$version: remove it"
  diff -r "$new" "$to/$version" >/dev/null ||
    fail "$to/$version is another build of this version, and a version is never changed: remove it when nothing runs from it"
else
  sync -f "$new"
  mv -T "$new" "$to/$version"
fi

# exchange LINK TARGET: a caller finds the old target or the new one
exchange() {
  ln -sfT "$2" "$1.new"
  mv -T "$1.new" "$1"
}
before=$(readlink "$to/current" || true)
exchange "$to/current" "$version"
echo "$links" | while read -r link target; do
  [ "$(readlink "$link" || true)" = "$target" ] || exchange "$link" "$target"
done

echo "tsrootwrap $version is installed: $prefix/bin/tsrootwrap"
if [ -n "$before" ] && [ "$before" != "$version" ]; then
  echo "Remove $to/$before when nothing runs from it any more: grep -ls $to/$before/ /proc/[0-9]*/maps"
fi
