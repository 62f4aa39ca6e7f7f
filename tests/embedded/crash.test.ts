// kill -9 of each process in turn, and what earlier crashes leave on disk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  childrenOf,
  type Holder,
  isRunning,
  keeperPid,
  killNow,
  newHome,
  postmasterPid,
  readyPostmasterPid,
  startHolder,
  until,
  usedHome,
} from './support.ts'

const commit = (holder: Holder): Promise<unknown> => holder.query('create table committed as select 42 as value')
const committed = (holder: Holder): Promise<unknown> => holder.query('select value from committed')
const answers = async (holder: Holder): Promise<boolean> => JSON.stringify(await committed(holder)) === '[{"value":42}]'

test('kill -9 of the only holder leaves no orphan, and what was committed is there afterwards', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  await holder.kill('SIGKILL')
  await until('the server and its keeper end', () => !isRunning(postmaster) && !isRunning(keeper))
  expect(existsSync(join(home, 'postgres', 'postmaster.pid'))).toBe(false)
  expect(await committed(await startHolder(home))).toEqual([{ value: 42 }])
})

test('kill -9 of one holder leaves the others their server', async () => {
  const home = await usedHome()
  const [first, second] = [await startHolder(home), await startHolder(home)]
  const postmaster = postmasterPid(home)
  await first.kill('SIGKILL')
  await commit(second)
  expect(await committed(second)).toEqual([{ value: 42 }])
  expect(isRunning(postmaster)).toBe(true)
})

test('kill -9 of holder and keeper together leaves no orphan', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  killNow(keeper)
  await holder.kill('SIGKILL')
  await until('the server ends', () => !isRunning(postmaster))
  expect(await committed(await startHolder(home))).toEqual([{ value: 42 }])
})

test('kill -9 of the keeper under living holders: they get another keeper and the server is back on the same port', async () => {
  const home = await usedHome()
  const holders = [await startHolder(home), await startHolder(home)] as const
  await commit(holders[0])
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  killNow(keeper)
  await until('the old server ends', () => !isRunning(postmaster))
  for (const holder of holders) await until('the holder reaches the server again', () => answers(holder))
  const third = await startHolder(home)
  expect(third.embedded.port).toBe(holders[0].embedded.port)
  const successor = postmasterPid(home)
  for (const holder of [...holders, third]) await holder.release()
  expect(isRunning(successor)).toBe(false)
})

test('kill -9 of PostgreSQL: it is started again on the same port and no commit is lost', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  killNow(postmaster)
  await until('another server runs', () => isRunning(postmasterPid(home)) && postmasterPid(home) !== postmaster)
  await until('the holder reaches the server again', () => answers(holder))
  expect(keeperPid(home)).toBe(keeper)
  expect((await startHolder(home)).embedded.port).toBe(holder.embedded.port)
})

test('kill -9 of PostgreSQL as soon as it is ready, while it is still being proved: it is started once more', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const keeper = keeperPid(home)
  for (let round = 0, killed = readyPostmasterPid(home); round < 3; round++) {
    killNow(killed)
    await until('another server is ready', () => ![undefined, killed].includes(readyPostmasterPid(home)), 20_000, 1)
    killed = readyPostmasterPid(home)
  }
  await until('the holder reaches the server again', () => answers(holder))
  expect(keeperPid(home)).toBe(keeper)
})

test('kill -9 of the guard between keeper and PostgreSQL: no second server, no orphan', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const postmaster = postmasterPid(home)
  const [guard] = childrenOf(keeperPid(home))
  killNow(guard)
  await until('the old server ends', () => !isRunning(postmaster))
  await until('the holder reaches the server again', () => answers(holder))
  const successor = postmasterPid(home)
  await holder.release()
  expect(isRunning(successor)).toBe(false)
})

test('kill -9 of holder, keeper and guard orphans PostgreSQL until the next acquire, which takes over', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  await commit(holder)
  const [keeper, orphan] = [keeperPid(home), postmasterPid(home)]
  const [guard] = childrenOf(keeper)
  process.kill(keeper ?? 0, 'SIGSTOP')
  killNow(guard)
  await holder.kill('SIGKILL')
  killNow(keeper)
  await until('the keeper ends', () => !isRunning(keeper))
  expect(isRunning(orphan)).toBe(true)
  const next = await startHolder(home)
  expect(isRunning(orphan)).toBe(false)
  expect(await committed(next)).toEqual([{ value: 42 }])
})

test('kill -9 of a process between starting the keeper and joining it leaves no keeper that stays for nobody', async () => {
  const home = await usedHome()
  let starter: number | undefined
  const attempt = startHolder(home, { onSpawn: (pid) => (starter = pid) }).catch(() => undefined)
  await until('the keeper is on its way', () => childrenOf(starter).length > 0)
  process.kill(starter ?? 0, 'SIGSTOP')
  await until('the keeper runs', () => keeperPid(home) !== undefined)
  const keeper = keeperPid(home)
  killNow(starter)
  await attempt
  await until('the keeper ends', () => !isRunning(keeper))
  expect(isRunning(postmasterPid(home))).toBe(false)
})

test('kill -9 of the keeper during initdb leaves nothing that the next acquire trips over', async () => {
  const home = newHome()
  const attempt = startHolder(home)
  await until('initdb runs', () => existsSync(home) && readdirSync(home).some((name) => name.startsWith('postgres.new-')), 5_000)
  killNow(keeperPid(home))
  await attempt
  expect(readdirSync(home).filter((name) => name.includes('.new-'))).toEqual([])
})

test('a half-made initdb directory and half-written files are removed', async () => {
  const home = newHome()
  mkdirSync(join(home, 'postgres.new-abcdef', 'base'), { recursive: true })
  writeFileSync(join(home, 'postgres.new-abcdef', 'PG_VERSION'), '18\n')
  writeFileSync(join(home, 'secrets.json.new-abcdef'), '{')
  writeFileSync(join(home, 'keeper.json'), '{ "pid": 1')
  await startHolder(home)
  expect(readdirSync(home).filter((name) => name.includes('.new-'))).toEqual([])
})

test('a stale postmaster.pid whose number now belongs to another program does not stop the start, nor that program', async () => {
  const home = await usedHome()
  const other = spawn('sleep', ['600'])
  onTestFinished(() => void other.kill('SIGKILL'))
  await once(other, 'spawn')
  const started = Math.floor(Date.now() / 1000)
  const lines = [other.pid, join(home, 'postgres'), started, 5999, '', '127.0.0.1', '  12345   67890', 'ready   ', '']
  writeFileSync(join(home, 'postgres', 'postmaster.pid'), lines.join('\n'))
  const holder = await startHolder(home)
  expect(await holder.query('select 1 as one')).toEqual([{ one: 1 }])
  expect(isRunning(other.pid)).toBe(true)
})

test("a stale keeper.json that leads to a stranger's port is not believed", async () => {
  const home = await usedHome()
  const heard: string[] = []
  const stranger = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (chunk) => heard.push(String(chunk)))
    socket.write('220 hello\r\n')
  })
  await once(stranger.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void stranger.close())
  const address = stranger.address()
  const port = typeof address === 'object' ? address?.port : 0
  writeFileSync(join(home, 'keeper.json'), JSON.stringify({ pid: process.pid, port, token: 'stale', postgresPort: port }))
  const holder = await startHolder(home)
  expect(holder.embedded.port).not.toBe(port)
  expect(heard.join('')).toContain('stale')
  expect(readFileSync(join(home, 'keeper.json'), 'utf8')).not.toContain('stale')
})
