// The keeper's side of the connections: who holds the server, and what each of them is told.
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { encode, type FromHolder, type FromKeeper, readMessages, type ServerFacts } from './protocol.ts'

export interface Hub {
  port: number
  log(line: string): void
  /** Resolves when somebody joined, or when nobody will: its starter died before it could. */
  joined: Promise<void>
  starterLeft(): void
  /** From now on nobody joins; whoever tries waits for the end. */
  refuse(): void
  /** Tells everybody that the server is gone, and why if it failed, and closes every connection. */
  end(failure?: string): Promise<void>
}

interface HubOptions {
  token: string
  facts: () => Promise<ServerFacts>
  onEmpty: () => void
}

const helloTimeoutMs = 5_000

export async function openHub(options: HubOptions): Promise<Hub> {
  const sockets = new Set<Socket>()
  const holders = new Set<Socket>()
  const joined = Promise.withResolvers<void>()
  let refusing = false
  const send = (socket: Socket, message: FromKeeper): void => {
    if (socket.writable) socket.write(encode(message))
  }
  const leave = (socket: Socket): void => {
    if (holders.delete(socket) && holders.size === 0) options.onEmpty()
  }

  async function join(socket: Socket): Promise<void> {
    if (refusing) return send(socket, { stopping: true })
    holders.add(socket)
    joined.resolve()
    send(socket, { welcome: true })
    const facts = await options.facts().catch(() => undefined)
    if (facts !== undefined) send(socket, { ready: facts })
  }

  function take(socket: Socket, message: FromHolder): void {
    if ('hello' in message) {
      if (!isSame(message.hello, options.token)) return void socket.destroy()
      socket.setTimeout(0)
      void join(socket)
    } else if (holders.size > 1 && holders.delete(socket)) {
      socket.end(encode({ left: true }))
    } else {
      leave(socket)
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setTimeout(helloTimeoutMs, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      leave(socket)
    })
    readMessages<FromHolder>(socket, (message) => take(socket, message))
  })
  const port = await listen(server)
  return {
    port,
    joined: joined.promise,
    starterLeft: () => {
      joined.resolve()
      if (holders.size === 0) options.onEmpty()
    },
    log: (line) => {
      for (const socket of holders) send(socket, { log: line })
    },
    refuse: () => {
      refusing = true
    },
    end: async (failure) => {
      server.close()
      const last: FromKeeper = failure === undefined ? { stopped: true } : { failed: failure }
      await Promise.all([...sockets].map((socket) => endSocket(socket, last)))
    },
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const isSame = (left: unknown, right: string): boolean => typeof left === 'string' && timingSafeEqual(digest(left), digest(right))

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

function endSocket(socket: Socket, last: FromKeeper): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    if (socket.destroyed) resolve()
    socket.end(encode(last), () => socket.destroy())
  })
}
