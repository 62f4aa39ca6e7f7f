// Clients that are slow on purpose, as the suite and the bench use them: raw sockets that hold on to what they have.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export const hostileKinds = ['slow headers', 'slow body', 'slow readers', 'idle sockets'] as const
export type HostileKind = (typeof hostileKinds)[number]

const opening: Record<HostileKind, string> = {
  'slow headers': 'GET /api/me HTTP/1.1\r\nHost: x\r\nX: ',
  'slow body': 'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  // More than the buffers between two processes hold.
  'slow readers': 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100),
  'idle sockets': '',
}

/** A connection of this kind that has said what it says first. What comes back stays unread by `slow readers`. */
export async function openHostile(kind: HostileKind, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  if (kind === 'slow readers') socket.pause()
  if (opening[kind] !== '') socket.write(opening[kind])
  return socket
}

/** One more byte from those who send slowly. */
export function drip(kind: HostileKind, socket: Socket): void {
  if ((kind === 'slow headers' || kind === 'slow body') && socket.writable) socket.write('x')
}
