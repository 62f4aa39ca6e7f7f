import { adminOptions } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
const e = await acquireEmbedded({ home: '/work/lead/search/home' })
const sql = postgres(e.urlFor('s'), { ...adminOptions('x'), connection: { role: 'fleetflow_sys', TimeZone: 'UTC' } })
for (const q of [
 `select private.metres_between(90000000,0,89900000,179900000), private.metres_between(0,0,0,180000000), private.place_point(90000000, 10), private.place_point(0,-180000000), private.place_point(0,180000000)`,
 `select private.metres_between(89950000,179900000,89900000,-179900000) as d, private.place_point(89950000,179900000) <-> private.place_point(89900000,-179900000) as c`,
]) console.log(JSON.stringify(await sql.unsafe(q)))
await sql.end(); await e.release()
