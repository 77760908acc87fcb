/** Signals that kill(1) knows, as far as this suite writes them: by number or by name. */
export const signalSpelling =
  /^-(?:[0-9]|[1-5][0-9]|6[0-4]|(?:SIG)?(?:HUP|INT|KILL|TERM|USR1|RTMIN\+1))$/;
