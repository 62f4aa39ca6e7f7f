// What an entry of the list is: one guard, how it is taken away, and the named test that has to notice.

/** Statements that run after the newest migration, as fleetflow_owner. */
interface SqlRemoval {
  sql: string
}

/** A text that is in the file exactly once, and what stands there instead. A file of db/sql also runs again after the newest migration. */
export interface TextRemoval {
  file: string
  find: string
  replace: string
}

export type Removal = SqlRemoval | TextRemoval

export interface NamedTest {
  /** Below the repository. */
  file: string
  /** The test's own title, as a run prints it, or where several share it the titles of its groups before it, joined by ` > `. */
  title: string
  project: 'db' | 'db-managed' | 'app' | 'embedded'
  /** It judges what the tests before it in its file have done: they run, too. */
  afterOthers?: true
}

export interface Guard {
  /** Unique, in words that are short and hold no comma. */
  name: string
  /** What it prevents. */
  guards: string
  remove: readonly [Removal, ...Removal[]]
  test: NamedTest
  /** The red test must say this, where it does not fail at an assertion of its own. */
  says?: string
}

/** A test file and the project it runs in, to name several of its tests. */
export const testsOf =
  (project: NamedTest['project'], file: string, how: Pick<NamedTest, 'afterOthers'> = {}) =>
  (title: string): NamedTest => ({ file, title, project, ...how })
