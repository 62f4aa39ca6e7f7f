// Locks cars in the order in which the caller names them: two that go opposite ways wait for each other.
import type { Sabotage } from './sabotage.ts'

const callersOrder = `
  create or replace function private.lock_cars(car_ids uuid[]) returns integer language plpgsql volatile security definer
    set search_path = pg_catalog, public, pg_temp
  as $$
  declare
    v_id uuid;
    v_locked uuid[] := '{}';
  begin
    foreach v_id in array car_ids loop
      if (private.lock_car(v_id)).id is not null and v_id <> all (v_locked) then
        v_locked := v_locked || v_id;
      end if;
    end loop;
    return cardinality(v_locked);
  end
  $$`

export const order: Sabotage = {
  name: 'order',
  what: 'several cars are locked in the order in which the caller names them',
  breaks: 'deadlocks',
  cars: 2,
  favours: { 'change car': 12, swap: 12 },
  alter: async (admin) => {
    await admin.unsafe(callersOrder)
  },
}
