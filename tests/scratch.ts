import { migrate, adminOptions, seed } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
const e = await acquireEmbedded({ home: '/work/lead/search/home' })
const a = postgres(e.urlFor('postgres'), adminOptions('x'))
await a`drop database if exists s with (force)`; await a`create database s`; await a.end()
await migrate(e.urlFor('s'))
const sql = postgres(e.urlFor('s'), { ...adminOptions('x'), connection: { role: 'fleetflow_sys', TimeZone: 'UTC' } })
const t = async (name: string, q: string) => { await sql.unsafe(q); const s = performance.now(); const r = await sql.unsafe(q); console.log(name, (performance.now() - s).toFixed(1), 'ms', JSON.stringify(r).slice(0, 200)) }
await sql.unsafe(`insert into users (id,name) values ('00000000-0000-7000-8000-000000000001','s')`)
await sql.unsafe(`insert into fleets (id, slug, name, currency, time_zone, system_user_id, opening_hours) values ('00000000-0000-7000-8000-000000000002','f','f','EUR','Asia/Kathmandu','00000000-0000-7000-8000-000000000001', '{"mon":[["08:00","20:30"]],"wed":[["08:00","20:30"]],"sun":[["08:00","20:30"],["22:00","02:00"]]}')`)
const f = `'00000000-0000-7000-8000-000000000002'`
await t('open 30d', `select private.open_ranges(${f}, 'Asia/Kathmandu', tstzrange(now(), now() + interval '30 days','[]')) as x`)
await t('open 0', `select private.open_ranges(${f}, 'Asia/Kathmandu', tstzrange(now(), now(),'[]')) as x`)
await t('start_fault', `select private.start_fault(f, 'Asia/Kathmandu', now() + interval '1 day',null) as x from fleets f`)
await t('end_fault', `select private.end_fault(f, 'Asia/Kathmandu', now() + interval '1 day',now() + interval '1 day', null) as x from fleets f`)
await t('next_starts', `select private.next_starts(tstzmultirange(tstzrange(now(), now() + interval '30 days','[]')), private.open_ranges(${f}, 'Asia/Kathmandu', tstzrange(now(), now() + interval '30 days','[]')), '40 min', 30) as x`)
await sql.end(); await e.release()
