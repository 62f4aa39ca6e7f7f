// Where Debian puts Chromium; without it the tests in a browser are left out, and the last lines of the run say so.
export const chromiumPath = '/usr/bin/chromium'
