// What a sabotage is: one guard taken away, in a database that is thrown away, or from the client.
import type postgres from 'postgres'
import type { Call } from '../operation.ts'
import type { Scene } from '../scene.ts'

export interface Sabotage {
  name: string
  /** What is taken away. */
  what: string
  /** The check that has to notice; the run goes on until it does. */
  breaks: string
  /** Operations by name that are drawn this many times as often. */
  favours?: Readonly<Record<string, number>>
  /** How many cars the fleet has, where it is not the usual number. */
  cars?: number
  /** The subscriber pages the outbox instead of the log. */
  pagesBySequence?: boolean
  /** Alters the database. */
  alter?(admin: postgres.Sql): Promise<void>
  /** What the client does before each call. */
  before?(call: Call, scene: Scene, admin: postgres.Sql): Promise<void>
}

/** Car locks that lock nothing; the rest of the functions stays. */
export const noLock = `
  do $do$
  declare
    v_text text;
  begin
    foreach v_text in array array[pg_get_functiondef('private.lock_car(uuid)'::regprocedure),
                                  pg_get_functiondef('private.lock_idle_cars(uuid[])'::regprocedure)] loop
      if v_text not like '%for no key update%' then
        raise exception 'a function takes no lock that could be left out: %', v_text;
      end if;
      execute replace(replace(v_text, 'for no key update skip locked', ''), 'for no key update', '');
    end loop;
  end
  $do$`
