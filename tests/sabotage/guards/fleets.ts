// Fleets, their members and invitations: who decides and who is let in.
import { type Guard, testsOf } from '../guard.ts'

const dbInvitations = testsOf('db', 'tests/db/invitations.test.ts')
const dbMembers = testsOf('db', 'tests/db/members.test.ts')
const dbFleets = testsOf('db', 'tests/db/fleets.test.ts')
const dbMembersRace = testsOf('db', 'tests/db/membersRace.test.ts')
const dbHolds = testsOf('db', 'tests/db/holds.test.ts')
const apiFleets = testsOf('app', 'tests/api/fleets.test.ts')

const guard = (name: string, file: string, find: string, replace: string, test: Guard['test']): Guard => ({
  name: `fleets: ${name}`,
  guards: name,
  remove: [{ file, find, replace }],
  test,
})

export const fleetsGuards: readonly Guard[] = [
  guard(
    'a revoked invitation is good',
    'db/sql/functions/take_invitation.sql',
    ' and i.revoked_at is null',
    '',
    dbInvitations(
      'nobody is let in by an invitation that is revoked at that moment, unless they were before it (INVITATION_INVALID), in 40 rounds',
    ),
  ),
  guard(
    'LAST_OWNER trigger does nothing',
    'db/sql/functions/keep_owner.sql',
    'begin\n',
    'begin\n  return null;\n',
    dbMembers('cannot leave, be taken out or get another role (LAST_OWNER); with a second owner one may'),
  ),
  guard(
    'columns of a fleet are not kept for owners',
    'db/sql/functions/guard_fleet.sql',
    "current_user = 'fleetflow_fn'",
    "current_user = 'nobody'",
    dbFleets('below the functions, too: whoever is no owner changes no fleet, whatever a function forgets, and nobody its currency'),
  ),
  guard(
    'an invitation for an address is for everybody',
    'db/sql/functions/take_invitation.sql',
    '(i.email is null or',
    '(true or',
    dbInvitations('for an address is for whoever has it, in any case of letters; not for who has none or another (INVITATION_INVALID)'),
  ),
  guard(
    'API keys may do what is for people',
    'db/sql/functions/refuse_key.sql',
    'private.key_fleet() is not null',
    'false',
    dbInvitations('is nothing for an API key, whatever it lists (FORBIDDEN), nor for a user who is no person (INVITATION_INVALID)'),
  ),
  guard(
    'the fleets of a person are counted without a lock',
    'db/sql/functions/create_fleet.sql',
    '  perform private.lock_users(array[create_fleet.actor]);\n',
    '',
    dbFleets('a person owns at most 50 fleets (QUOTA_EXCEEDED), also when one is still being opened'),
  ),
  guard(
    'members see e-mail addresses',
    'db/sql/functions/member_json.sql',
    "case when (member_json.member).fleet_id in (select private.my_fleets('{owner}')) or private.is_admin() then u.email end",
    'u.email',
    dbMembers(
      'members and administrators see the members; e-mail addresses only owners and administrators; nobody else anything (NOT_FOUND)',
    ),
  ),
  guard(
    'the trigger takes no lock',
    'db/sql/functions/keep_owner.sql',
    'not private.lock_fleet(old.fleet_id)',
    'not exists (select from public.fleets as f where f.id = old.fleet_id)',
    dbMembersRace('one stays when the functions forget the lock: the trigger takes it itself (LAST_OWNER)'),
  ),
  guard(
    'roles are not read again after the wait',
    'db/sql/functions/take_fleet.sql',
    'return private.owned_fleet(v_fleet::text)',
    'return v_fleet',
    dbFleets('who lost the role while waiting for the lock has lost it (FORBIDDEN)'),
  ),
  guard(
    'an invitation is good twice',
    'db/sql/functions/take_invitation.sql',
    'i.accepted_at is null and ',
    '',
    dbInvitations('one is let in, each time in 12 rounds, and the others hear INVITATION_INVALID, without a deadlock'),
  ),
  guard(
    'a slug that is taken is no answer of ours',
    'db/sql/functions/open_fleet.sql',
    '  on conflict (slug) do nothing;',
    ';',
    dbFleets('of 16 who want a slug at once one has it and the others hear TAKEN (BAD_INPUT), in 10 rounds'),
  ),
  guard(
    'managers write roles below the functions',
    'db/sql/policies/fleet_members.sql',
    "for update to fleetflow_fn\n  using (fleet_id = any (array(select private.my_fleets('{owner}'))))\n  with check (fleet_id = any (array(select private.my_fleets('{owner}'))))",
    "for update to fleetflow_fn\n  using (fleet_id = any (array(select private.my_fleets('{owner,manager}'))))\n  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))))",
    dbMembers('below the functions, too: nobody but an owner writes a role or takes others out, nobody at all adds a row'),
  ),
  guard(
    'managers read invitations below the functions',
    'db/sql/policies/invitations.sql',
    "for select to fleetflow_fn\n  using ((select private.key_fleet()) is null\n    and (fleet_id = any (array(select private.my_fleets('{owner}')))",
    "for select to fleetflow_fn\n  using ((select private.key_fleet()) is null\n    and (fleet_id = any (array(select private.my_fleets('{owner,manager}')))",
    dbInvitations('below the functions, too: only owners read, make and revoke, in their own name, and nobody reads a hash'),
  ),
  guard(
    'a user who is no person is made an owner',
    'db/sql/functions/member_of.sql',
    "member_of.role = 'owner' and private.is_service(member_of.user_id)",
    'false',
    dbMembers('a user who is no person is never made an owner (BAD_INPUT, SERVICE_USER), and is shown as one'),
  ),
  guard(
    'users of keys count as owners',
    'db/sql/functions/keep_owner.sql',
    ' and not private.is_service(m.user_id)',
    '',
    dbMembers('is a person: the user of no person beside them does not count (LAST_OWNER)'),
  ),
  guard(
    'a suspended owner counts as one',
    'db/sql/functions/keep_owner.sql',
    ' and u.suspended_at is null',
    '',
    dbMembers('is not suspended: a co-owner who is does not count, until they are let in again (LAST_OWNER)'),
  ),
  guard(
    'addresses fold beyond ASCII',
    'db/sql/functions/folded.sql',
    ' collate "C"',
    '',
    dbInvitations(
      'for an address is not for letters that only fold to it: KELVIN SIGN is no k (INVITATION_INVALID), nor does its owner revoke it by going',
    ),
  ),
  guard(
    "a fleet uses up a stranger's holds",
    'db/sql/functions/check_holds.sql',
    'where not exists (select from public.outbox as o',
    'where true or not exists (select from public.outbox as o',
    dbHolds("what a fleet holds for somebody does not count as theirs: nobody's three are used up by a stranger's fleet"),
  ),
  guard(
    'invitations of former owners are good',
    'db/sql/functions/take_invitation.sql',
    '     and private.may_invite(i.fleet_id, i.invited_by)\n',
    '',
    dbInvitations(
      'that is unknown, used, revoked, expired, for another address or of a former owner is refused in the same words (INVITATION_INVALID)',
    ),
  ),
  guard(
    'accepting lowers a role',
    'db/sql/functions/take_invitation.sql',
    'set role = excluded.role\n   where array_position(c_roles, m.role) < array_position(c_roles, excluded.role)',
    'set role = excluded.role',
    dbInvitations('raises a role and never lowers one'),
  ),
  guard(
    'users who are no person accept',
    'db/sql/functions/take_invitation.sql',
    '     and not private.is_service(private.uid())\n',
    '',
    dbInvitations('is nothing for an API key, whatever it lists (FORBIDDEN), nor for a user who is no person (INVITATION_INVALID)'),
  ),
  guard(
    'everybody takes members out below the functions',
    'db/sql/policies/fleet_members.sql',
    "for delete to fleetflow_fn\n  using (fleet_id = any (array(select private.my_fleets('{owner}')))",
    'for delete to fleetflow_fn\n  using (fleet_id = any (array(select private.my_fleets()))',
    dbMembers('below the functions, too: nobody but an owner writes a role or takes others out, nobody at all adds a row'),
  ),
  guard(
    "people's functions read hashes of tokens",
    'db/sql/grants/tables.sql',
    'grant select (id, fleet_id, role, email, invited_by, expires_at, accepted_by, accepted_at, revoked_at, created_at) on public.invitations',
    'grant select on public.invitations',
    dbInvitations('below the functions, too: only owners read, make and revoke, in their own name, and nobody reads a hash'),
  ),
  guard(
    'managers pass for owners',
    'db/sql/functions/owned_fleet.sql',
    "select private.my_fleets('{owner}')",
    "select private.my_fleets('{owner,manager}')",
    dbMembers(
      'are changed by owners alone: managers, drivers and administrators may not (FORBIDDEN), others find no fleet of theirs (NOT_FOUND)',
    ),
  ),
  guard(
    'a change to a slug that is taken is no answer of ours',
    'db/sql/functions/update_fleet.sql',
    'when unique_violation then',
    'when division_by_zero then',
    dbFleets('a slug that another fleet has (BAD_INPUT, TAKEN), a name, time zone or visibility that is none (BAD_INPUT)'),
  ),
  guard(
    'a fleet of members is seen by all',
    'db/sql/policies/fleets.sql',
    "visibility = 'public' and ",
    '',
    dbFleets('a fleet of members is not there for others (NOT_FOUND), and visibility counts from the next call on'),
  ),
  guard(
    'invitations in the name of others',
    'db/sql/policies/invitations.sql',
    ' and invited_by = (select private.uid())',
    '',
    dbInvitations('below the functions, too: only owners read, make and revoke, in their own name, and nobody reads a hash'),
  ),
  guard(
    'an invitation never expires',
    'db/sql/functions/take_invitation.sql',
    ' and i.expires_at > now()',
    '',
    dbInvitations(
      'that is unknown, used, revoked, expired, for another address or of a former owner is refused in the same words (INVITATION_INVALID)',
    ),
  ),
  guard(
    'open invitations are counted without a lock',
    'db/sql/functions/create_invitation.sql',
    "private.take_fleet(input ->> 'fleet')",
    "private.owned_fleet(input ->> 'fleet')",
    dbInvitations('a fleet has at most 100 open ones (QUOTA_EXCEEDED), also when they are made at once; those that ended do not count'),
  ),
  guard(
    'the database is told a token',
    'server/src/procedures/invitations/accept.ts',
    'hashOf(input.token)',
    'input.token',
    apiFleets('is in no log line and no database row, neither when it is made, used or mistaken, nor when the database fails'),
  ),
]
