/**
 * The variable that tells a service which descriptors are its channels, and to which contexts:
 * `net=3,files=4`. Set by `tsrootwrap-privileged ... -- COMMAND`.
 */
export const CHANNELS = 'TSROOTWRAP_PRIVILEGED';
