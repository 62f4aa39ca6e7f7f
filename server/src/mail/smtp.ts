// Mail by SMTP: encrypted unless the server is on this machine.
import { createTransport } from 'nodemailer'
import type { MailSettings } from '../issuerSettings.ts'
import type { MailPort } from './port.ts'

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const patienceMs = 10_000

export function smtpMail({ smtpUrl, from }: MailSettings): MailPort {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !loopback.test(hostname),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async ({ to, subject, text }) => {
      // An address object is taken as it is; a text could name several.
      await transport.sendMail({ from, to: { name: '', address: to }, subject, text })
    },
    close: () => transport.close(),
  }
}
