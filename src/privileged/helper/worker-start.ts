/** What a worker thread of a helper begins with, by `--import`: `?owners=` are the uids. */
import { guardLoading } from './guard-loading.js';

const owners = new URL(import.meta.url).searchParams.get('owners') ?? '';
guardLoading(owners.split(',').map(Number));
