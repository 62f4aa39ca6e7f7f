// Mail: taken over by a real SMTP server, printed while developing, and silent about addresses when it cannot be sent.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createPostman } from '../../server/src/mail/postman.ts'
import { printedMail } from '../../server/src/mail/printed.ts'
import { smtpMail } from '../../server/src/mail/smtp.ts'
import { linkIn } from '../support/issuer.ts'

interface Received {
  from: string
  to: string[]
  data: string
}

describe('mail by SMTP', async () => {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? new Error(`no such mailbox ${address}`) : null),
    onData: (stream, { envelope }, done) => {
      let data = ''
      stream.setEncoding('utf8').on('data', (part: string) => {
        data += part
      })
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), data })
        done()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const mail = smtpMail({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'FleetFlow <no-reply@example.com>' })
  afterAll(() => {
    mail.close()
    server.close()
  })

  test('arrives with its sender, its one recipient and its text', async () => {
    await mail.send({ to: 'ada@example.com', subject: 'Verify your address', text: 'Hello,\n\nhttps://fleet.example.com/auth\n' })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ from: 'no-reply@example.com', to: ['ada@example.com'] })
    expect(received[0]?.data).toContain('https://fleet.example.com/auth')
  })

  test('goes to one address, however it is spelled', async () => {
    received.length = 0
    await mail.send({ to: 'one@example.com, two@example.com', subject: 'x', text: 'x' }).catch(() => {})
    expect(received.flatMap(({ to }) => to).filter((address) => address === 'two@example.com')).toEqual([])
  })

  test('is not waited for, and what is given up is told without the address', async () => {
    const errors: unknown[] = []
    const postman = createPostman(mail, { onError: (error) => errors.push(error), pausesMs: [0] })
    expect(postman.post({ to: 'gone@example.com', subject: 'x', text: 'x' })).toBeUndefined()
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    const [error] = errors as [Error]
    expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain('gone@example.com')
  })

  test('is not handed in the clear to a server that is not named as this machine', async () => {
    received.length = 0
    const strict = smtpMail({ smtpUrl: `smtp://[::ffff:127.0.0.1]:${port}`, from: 'a@example.com' })
    await expect(strict.send({ to: 'ada@example.com', subject: 'x', text: 'x' })).rejects.toThrow(/STARTTLS|TLS/)
    expect(received).toEqual([])
    strict.close()
  })
})

test('mail is printed as readable lines with its link while developing', async () => {
  const printed: string[] = []
  const letter = {
    to: 'ada@example.com',
    subject: 'Verify your address',
    text: 'Open\n\nhttp://127.0.0.1:3000/auth/verify-email?token=x\n',
  }
  await printedMail((text) => printed.push(text)).send(letter)
  expect(printed.join('')).toContain('| To: ada@example.com')
  expect(printed.join('')).toContain('http://127.0.0.1:3000/auth/verify-email?token=x')
  expect(linkIn(letter)).toBe('/auth/verify-email?token=x')
})
