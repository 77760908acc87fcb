import { trustedDirectories } from '../posix/resolve-path.js';
import { searchPath } from './search-path.js';

/**
 * Variables through which a caller could steer a program that runs as root: what the dynamic
 * linker, shells, interpreters, libraries and tools load or run because a variable says so.
 * A trailing `*` stands for any rest. sudo's own list (env_delete in sudoers(5)) is the guide.
 * docs/security.md tells the reason for each group; keep the two together.
 */
// biome-ignore format: a table reads better
export const DROPPED = [
  // dynamic linker and C library
  'LD_*', '_RLD*', 'SHLIB_PATH', 'LIBPATH', 'GCONV_PATH', 'GETCONF_DIR', 'LOCPATH', 'NLSPATH',
  'PATH_LOCALE', 'MALLOC_*', 'GLIBC_TUNABLES', 'RES_OPTIONS', 'RESOLV_*', 'HOSTALIASES',
  'LOCALDOMAIN', 'NIS_PATH', 'NSS_*', 'TMPDIR', 'TMP', 'TEMP', 'TZDIR', 'TEXTDOMAIN*',
  // shells
  'IFS', 'CDPATH', 'ENV', 'BASH*', 'SHELL', 'SHELLOPTS', 'PS4',
  'PROMPT_COMMAND', 'GLOBIGNORE', 'FPATH', 'NULLCMD', 'READNULLCMD', 'ZDOTDIR', 'TMPPREFIX',
  // interpreters and runtimes
  'NODE_*', 'NPM_CONFIG_*', 'npm_config_*', 'PYTHON*', 'PERL*', 'RUBY*', 'GEM_*', 'BUNDLE_*', 'LUA_*', 'TCLLIBPATH', 'TCL_LIBRARY', 'ERL_*',
  'PHPRC', 'PHP_INI_SCAN_DIR', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'CLASSPATH',
  'DOTNET_*', 'COMPLUS_*', 'CORECLR_*', 'GUILE_*', 'R_PROFILE*', 'R_ENVIRON*', 'AWKPATH', 'AWKLIBPATH',
  // cryptography and identity
  'OPENSSL_*', 'SSL_CERT_*', 'SSLKEYLOGFILE', 'KRB5*', 'GNUTLS_*', 'GNUPGHOME', 'P11_KIT_*', 'VAR_ACE',
  'USR_ACE', 'DLC_ACE', 'AUTHSTATE', 'SASL_*', 'LDAP*', 'GSS_*',
  // terminals
  'TERMINFO', 'TERMINFO_DIRS', 'TERMPATH', 'TERMCAP',
  // programs that a tool starts
  'EDITOR', 'VISUAL', 'SUDO_EDITOR', 'VIM*', 'EXINIT', 'PAGER', 'MANPAGER', 'LESS*', 'MORE', 'BROWSER', 'SYSTEMD_PAGER*',
  'SYSTEMD_EDITOR', 'SYSTEMD_LESS*', 'SUDO_ASKPASS', 'SSH_ASKPASS*', 'GIT_*', 'RSYNC_*', 'CVS_RSH',
  'TAR_OPTIONS', 'TAPE', 'MAKEFLAGS', 'GNUMAKEFLAGS', 'MAKEFILES', 'GZIP', 'BZIP2', 'XZ_OPT', 'XZ_DEFAULTS', 'ZSTD_*',
  'APT_CONFIG', 'DPKG_*', 'PSQL*', 'MYSQL_*', 'LIBMYSQL_*', 'ODBC*', 'ZIPOPT', 'UNZIP', 'UNZIPOPT', 'SVN_*',
  'HG*', 'ANSIBLE_*', 'PIP_*', 'GCC_EXEC_PREFIX', 'COMPILER_PATH',
  // network, storage and container tools that load files or reach elsewhere
  'IP_LIB_DIR', 'TC_LIB_DIR', 'XTABLES_*', 'IPTABLES_*', 'IP6TABLES_*', 'EBTABLES_*', 'ARPTABLES_*',
  'NFT_*', 'LVM_*', 'DM_*', 'BLKID_*', 'LIBBLKID_*', 'LIBMOUNT_*', 'MTAB', 'MKE2FS_*', 'E2FSCK_*',
  'MODPROBE_OPTIONS', 'QEMU_*', 'LIBVIRT_*', 'VIRSH_*', 'DOCKER_*', 'CONTAINERS_*', 'CONTAINER_*',
  'KUBECONFIG', 'CEPH_*', 'OVS_*', 'DNSMASQ_*', 'CURL_HOME', 'WGETRC', 'SYSTEMWGETRC', 
  'DBUS_*', 'SNMP*', 'MIBS', 'MIBDIRS', 'SYSTEMCTL_*', 'SYSTEMD_UNIT_PATH',
  'LISTEN_*', 'NOTIFY_SOCKET', 'GIO_*', 'GTK_*', 'QT_*', 'XDG_*', 'INPUTRC', 'TMUX*', 'SCREENDIR',
  // our own, between the launcher and the program
  'TSROOTWRAP_*',
] as const;

/** Variables dropped when their value could name a file or a format (env_check in sudoers(5)). */
const CHECKED = new Set(['COLORTERM', 'LANG', 'LANGUAGE', 'LINGUAS', 'TERM', 'TZ']);

/** Where programs are found when nothing of the caller's PATH can be kept. */
const SAFE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const EXACT: ReadonlySet<string> = new Set(DROPPED.filter((name) => !name.endsWith('*')));
const PREFIXES: ReadonlySet<string> = new Set(
  DROPPED.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
);

const LONGEST_PREFIX = Math.max(...Array.from(PREFIXES, (prefix) => prefix.length));

/** `NAME=VALUE` entries. */
export type Environment = readonly (string | Uint8Array)[];

/**
 * What of the given environment a command gets: byte for byte, less what could steer a privileged
 * program. For root, PATH keeps only directories that nobody else can
 * write to, and HOME is the new user's own unless it is such a directory.
 *
 * @param given `NAME=VALUE` entries
 * @param home home directory of the user to run as
 */
export function cleanEnvironment(given: readonly Uint8Array[], home: string): Environment {
  const root = process.geteuid?.() === 0;
  const kept: (string | Uint8Array)[] = [];
  const seen = new Set<string>(); // of two with one name, programs differ in which they read
  for (const entry of given) {
    const [name, value] = split(entry);
    if (name === '' || seen.has(name) || isDropped(name, value)) continue;
    seen.add(name);
    if (root && name === 'PATH') kept.push(`PATH=${searchPath(value).join(':') || SAFE_PATH}`);
    else if (root && name === 'HOME' && trustedDirectories([value]).length === 0)
      kept.push(`HOME=${home}`);
    else kept.push(entry);
  }
  return kept;
}

/** Variables that the plan sets take the place of those with the same names. */
export function withVariables(
  clean: Environment,
  set: Readonly<Record<string, string>>,
): Environment {
  const entries = Object.entries(set);
  if (entries.length === 0) return clean;
  const names = new Set(entries.map(([name]) => Buffer.from(name).toString('latin1')));
  const others = clean.filter((entry) => !names.has(split(Buffer.from(entry))[0]));
  return [...others, ...entries.map(([name, value]) => `${name}=${value}`)];
}

function isDropped(name: string, value: string): boolean {
  if (EXACT.has(name) || startsLikeOne(name)) return true;
  if (value.startsWith('()')) return true; // a function, to old shells
  return (
    (CHECKED.has(name) || name.startsWith('LC_')) && /[%/]/.test(value) && !isZone(name, value)
  );
}

/** Fewer steps than asking each prefix: names are short, and the prefixes are many. */
function startsLikeOne(name: string): boolean {
  for (let end = 1; end <= Math.min(name.length, LONGEST_PREFIX); end++) {
    if (PREFIXES.has(name.slice(0, end))) return true;
  }
  return false;
}

/** A time zone may hold a slash (`Europe/Paris`), but lead nowhere else. */
function isZone(name: string, value: string): boolean {
  return name === 'TZ' && /^:?[\w+-]+(\/[\w+-]+)*$/.test(value);
}

/** Name and value, each byte a character. An entry without `=` has no name. */
function split(entry: Uint8Array): [string, string] {
  const text = Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString('latin1');
  const end = text.indexOf('=');
  return end === -1 ? ['', ''] : [text.slice(0, end), text.slice(end + 1)];
}
