// Drops the constraint and books as most programs do: look whether the period is free, then insert.
import type { Sabotage } from './sabotage.ts'
import { noLock } from './sabotage.ts'

/** Every function that relies on the constraint to say no is told not to. */
const forget = `
  do $do$
  declare
    v_text text;
  begin
    for v_text in
      select pg_get_functiondef(p.oid) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
       where n.nspname in ('public', 'private') and p.prokind = 'f' and p.prosrc like '%on conflict on constraint prevent_overlap%'
    loop
      execute replace(v_text, 'on conflict on constraint prevent_overlap', 'on conflict');
    end loop;
  end
  $do$`

const checkFirst = `
  create function private.check_then_write() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
  as $body$
  begin
    if new.status in ('held', 'requested', 'confirmed', 'active', 'completed') and exists (
      select from public.trips as t
       where t.car_id = new.car_id and t.id <> new.id and t.blocked && new.blocked
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed'))
    then
      if tg_op = 'INSERT' then
        return null;
      end if;
      raise exclusion_violation using constraint = 'prevent_overlap';
    end if;
    -- As long as a round trip between the look and the write.
    perform pg_sleep(0.005);
    return new;
  end
  $body$;
  alter function private.check_then_write() owner to fleetflow_sys;
  create trigger _200_check_then_write before insert or update on public.trips
    for each row execute function private.check_then_write()`

export const constraint: Sabotage = {
  name: 'constraint',
  what: 'no constraint and no queue: look whether the period is free, then write',
  breaks: 'overlaps',
  // What locks several rows would rather deadlock.
  favours: { swap: 0, 'change car': 0, 'plan a block': 0, block: 0 },
  alter: async (admin) => {
    await admin.unsafe(noLock)
    await admin.unsafe(forget)
    await admin.unsafe('alter table public.trips drop constraint prevent_overlap')
    await admin.unsafe(checkFirst)
  },
}
