import type { DaemonSettings } from '../config/daemon-settings.js';
import { posix } from '../posix/addon.js';
import { RLIMIT } from '../posix/limits.js';

/** Of a command that runs: its three pipes and its process. */
const OF_COMMAND = 4;

/** Of the daemon itself: Node's, the socket on which it listens, the log, files that it reads. */
const OF_DAEMON = 64;

/**
 * What is wrong when this process may open fewer files than its settings let clients ask for; undefined
 * when nothing is. Node has raised the soft limit to the hard one.
 */
export function fewDescriptors(settings: DaemonSettings): string | undefined {
  const { maxConnections, maxPending, maxRequests } = settings;
  const needed = maxConnections + maxPending + OF_COMMAND * maxRequests + OF_DAEMON;
  const { soft } = posix.getLimit(RLIMIT.NOFILE);
  if (soft === null || soft >= needed) return undefined;
  return `Connections and commands may need ${needed} open files, and the limit is ${soft}: raise it (\`ulimit -Hn\`, LimitNOFILE=), or lower daemon_max_connections, daemon_max_pending or daemon_max_requests`;
}
