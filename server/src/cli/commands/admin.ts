// `fleetflow admin`: who administers. There is no other way to become an administrator.
import { listAdministrators, PersonError, setAdministrator } from '@fleetflow/db/admin'
import { loadSettings } from '../../env.ts'
import { CommandError, defineCommand, UsageError } from '../command.ts'
import { openCurrentDatabase } from '../database.ts'

export const admin = defineCommand({
  summary: 'make, unmake and list administrators',
  help: `Usage: pnpm fleetflow admin add|remove --user EMAIL|ID [--json]
       pnpm fleetflow admin list [--json]

Administrators read everything and suspend people; they cannot book for others. It counts from their next call on.
The person has to have signed in once. Several people may have one email address: then name one by id.
Works on DATABASE_ADMIN_URL (default DATABASE_URL, without either the embedded database).

--json ends with { id, email, name, isAdmin, changed }, or with { administrators } for list.`,
  options: { user: { type: 'string' } },
  async run({ user }, [verb, ...more], terminal) {
    if (verb !== 'add' && verb !== 'remove' && verb !== 'list') {
      throw new UsageError(verb === undefined ? 'What to do is missing: add, remove or list' : `Cannot '${verb}', only add, remove or list`)
    }
    if (more.length > 0) throw new UsageError(`Unexpected argument '${more[0]}'`)
    if (verb !== 'list' && user === undefined) throw new UsageError('--user EMAIL|ID is missing')
    if (verb === 'list' && user !== undefined) throw new UsageError('list takes no --user')
    await using database = await openCurrentDatabase(loadSettings(), terminal)
    if (verb === 'list' || user === undefined) {
      const administrators = await listAdministrators(database.adminUrl)
      terminal.result(
        { administrators },
        administrators.length === 0
          ? ['Nobody administers.']
          : administrators.map(({ id, email, name }) => `${id}  ${email ?? '-'}  ${name}`),
      )
      return 0
    }
    const isAdmin = verb === 'add'
    const { changed, ...person } = await setAdministrator(database.adminUrl, user, isAdmin).catch((error: unknown) => {
      if (!(error instanceof PersonError)) throw error
      throw new CommandError([error.message, ...error.matches.map(({ id, name }) => `  ${id}  ${name}`)].join('\n'))
    })
    const state = isAdmin ? 'an administrator' : 'no administrator'
    terminal.result({ ...person, isAdmin, changed }, [`${person.name} (${person.id}) is ${state}${changed ? '' : ' already'}.`])
    return 0
  },
})
