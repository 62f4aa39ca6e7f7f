// Bytes that are no HTTP, straight to the socket: answered with a refusal or closed, and the process goes on.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { sequence } from '../support/random.ts'

const messages = 400

const sound = [
  'GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /auth/sign-in/email HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
]
const broken = [
  '\r\n\r\n\r\n',
  '\0\0\0\0',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET  /  HTTP/1.1\r\nHost: x\r\n\r\n',
  'get /api/me HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /api/me HTTP/1.1\nHost: x\n\n',
  'GET /api/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  'GET /api/me HTTP/1.1\r\nHost : x\r\n\r\n',
  'GET /api/me HTTP/1.1\r\n folded\r\nHost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, x\r\n\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
  'POST /api/trips HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5000)}\r\n`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
]

describe('broken HTTP', async () => {
  const app = await openTestApp({ settings: { HEADERS_TIMEOUT_MS: '1000', REQUEST_TIMEOUT_MS: '1000' } })
  const { port } = new URL(app.url)

  /** What is answered until the other end closes. */
  async function tell(bytes: Buffer): Promise<string> {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    const closed = once(socket, 'close')
    let answer = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    socket.end(bytes)
    await closed
    return answer
  }

  test('is refused or closed, 400 times, tells nothing, and takes nothing from others (BAD_INPUT and others)', async () => {
    const next = sequence(7)
    const spoil = (): Buffer => {
      const bytes = Buffer.from(sound[next(sound.length)] ?? '', 'latin1')
      for (let times = 1 + next(8); times > 0; times -= 1) bytes[next(bytes.length)] = next(256)
      return next(4) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes
    }
    const all = [...broken.map((text) => Buffer.from(text, 'latin1')), ...Array.from({ length: messages - broken.length }, spoil)]
    const answers: string[] = []
    const work = async () => {
      for (let bytes = all.pop(); bytes !== undefined; bytes = all.pop()) answers.push(await tell(bytes))
    }
    await Promise.all(Array.from({ length: 40 }, work))
    expect(answers.length).toBe(messages)
    const statuses = answers.flatMap((answer) => [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status)))
    expect(statuses.length).toBeGreaterThan(messages / 2)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    expect(answers.filter((answer) => answer !== '' && !answer.startsWith('HTTP/1.1 '))).toEqual([])
    expect(answers.filter((answer) => /\n\s+at |node:internal|node_modules|HPE_/.test(answer))).toEqual([])
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200)
  })
})
