// Mail while developing: readable lines on standard error instead of a mailbox.
import type { MailPort } from './port.ts'

export function printedMail(write: (text: string) => void = (text) => void process.stderr.write(text)): MailPort {
  return {
    send: async ({ to, subject, text }) => {
      const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
      write(`\n  Mail that would be sent (set SMTP_URL to send it):\n${lines.map((line) => `  | ${line}`.trimEnd()).join('\n')}\n\n`)
    },
    close: () => {},
  }
}
