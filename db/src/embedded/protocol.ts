// What a holder and the keeper say to each other: one JSON object a line over a loopback connection.
import type { Socket } from 'node:net'

export interface ServerFacts {
  port: number
  dataDirectory: string
  unsafeNoSync: boolean
}

export interface KeeperOptions {
  home: string
  unsafeNoSync: boolean
  binaries?: string
}

/** The file that says how to reach the keeper. `postgresPort` outlives a killed keeper, so that its successor takes the same port. */
export interface KeeperFile {
  pid: number
  port: number
  token: string
  postgresPort?: number
}

export type FromHolder = { hello: string } | { release: true }

/** `welcome`: joined. `stopping`: not joined, the keeper ends soon. `stopped`: the server is gone. `left`: others still hold it. */
export type FromKeeper =
  | { welcome: true }
  | { log: string }
  | { ready: ServerFacts }
  | { failed: string }
  | { stopping: true }
  | { stopped: true }
  | { left: true }

export const encode = (message: FromHolder | FromKeeper): string => `${JSON.stringify(message)}\n`

const longestLine = 65_536

/** Calls `take` for every line; a line that is too long or no JSON ends the connection. */
export function readMessages<T>(socket: Socket, take: (message: T) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) socket.destroy()
    for (const line of lines) {
      try {
        take(JSON.parse(line) as T)
      } catch {
        socket.destroy()
        return
      }
    }
  })
}
