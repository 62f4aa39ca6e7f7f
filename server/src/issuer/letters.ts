// What the bundled issuer writes to people: plain text with one link or token, and no word of whoever asked for it, who may be a stranger.
import type { Mail } from '../mail/port.ts'

export function verificationLetter(email: string, link: string): Mail {
  return {
    to: email,
    subject: 'Verify your address',
    text: `Hello,

open this link within an hour to verify your address:

${link}

If you have not signed up, ignore this mail: nobody can sign in with your address until it is opened.
`,
  }
}

/** `link` is absent where the application has named no page for choosing a password. */
export function resetLetter(email: string, token: string, link: string | undefined): Mail {
  const how =
    link === undefined
      ? `send this token, within an hour, as \`token\` beside your \`newPassword\` to POST /auth/reset-password:\n\n${token}`
      : `open this link within an hour to choose a new password:\n\n${link}`
  return {
    to: email,
    subject: 'Choose a new password',
    text: `Hello,

${how}

If you have not asked for this, ignore this mail: your password stays as it is.
`,
  }
}

export function knownAddressLetter(email: string): Mail {
  return {
    to: email,
    subject: 'You have an account already',
    text: `Hello,

somebody has signed up with your address, which has an account. If it was you, sign in, or ask for a new password at
POST /auth/request-password-reset. If it was not, there is nothing to do.
`,
  }
}
