/** This package's; scripts/validators.js checks that package.json says the same. */
export const VERSION = '0.1.0';
