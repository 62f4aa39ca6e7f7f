// What a security standard asks for beside the rest: passwords, cookies, sessions, letters, headers, the security log, and the register itself.
import { type Guard, testsOf } from '../guard.ts'

const hardening = testsOf('app', 'tests/api/hardening.test.ts')
const passwords = testsOf('app', 'tests/api/passwords.test.ts')
const register = testsOf('app', 'tests/house/asvs.test.ts')

export const standardGuards: readonly Guard[] = [
  {
    name: 'passwords: common ones',
    guards: 'a password that everybody tries first',
    remove: [
      { file: 'server/src/issuer/endpoints.ts', find: '.refine((value) => !isCommon(value), guessable)', replace: '.refine(() => true)' },
    ],
    test: passwords('nor takes one when a password is changed or reset (BAD_INPUT, COMMON_PASSWORD)'),
  },
  {
    name: 'passwords: about their owner',
    guards: 'a password that is the name of its owner',
    remove: [
      {
        file: 'server/src/issuer/endpoints.ts',
        find: '!isAbout(person.password, person.email, person.name)',
        replace: "person.password !== ''",
      },
    ],
    test: passwords('takes no password that is guessed first: gracehopper1 (BAD_INPUT, COMMON_PASSWORD)'),
  },
  {
    name: 'passwords: the cost of a hash',
    guards: 'hashes that are guessed quickly once somebody has them',
    remove: [{ file: 'server/src/issuer/passwords.ts', find: 'N: 2 ** 15', replace: 'N: 2 ** 10' }],
    test: passwords('keeps passwords as salted scrypt hashes that name their cost, and in no two rows the same'),
  },
  {
    name: 'passwords: as they are',
    guards: 'two passwords that open one account',
    remove: [
      {
        file: 'server/src/issuer/passwords.ts',
        find: '    scrypt(password, salt,',
        replace: '    scrypt(password.normalize("NFKC"), salt,',
      },
    ],
    test: passwords('takes any composition up to 128 characters, as it is: ﬁne lig­ature'),
  },
  {
    name: 'cookies are __Host-',
    guards: 'a session cookie that another host of the domain may set',
    remove: [{ file: 'server/src/issuer/library.ts', find: "'__Host-fleetflow'", replace: "'fleetflow'" }],
    test: passwords('names its cookies __Host-, Secure and HttpOnly, and they sign in'),
  },
  {
    name: 'sessions end for good',
    guards: 'a stolen session that is kept alive for ever',
    remove: [{ file: 'db/src/authStore.ts', find: " or created_at < now() - interval '30 days'", replace: '' }],
    test: passwords('ends a session after 30 days, however much it is used'),
  },
  {
    name: 'letters are ours alone',
    guards: 'somebody who writes to anybody in our name',
    remove: [
      {
        file: 'server/src/issuer/library.ts',
        find: 'options.post(verificationLetter(user.email, withoutRootCallback(url)))',
        replace: "options.post(verificationLetter(user.email, [user.name, withoutRootCallback(url)].join('\\n')))",
      },
    ],
    test: passwords('writes no word of whoever signs up into the letter to an address that may be somebody else’s'),
  },
  {
    name: 'headers of bare answers',
    guards: 'an answer without security headers, given before any plugin',
    remove: [{ file: 'server/src/app.ts', find: 'refuse(reply.headers(bareHeaders), error', replace: 'refuse(reply, error' }],
    test: hardening('/api/%zz: HTTPS for a year with all subdomains, no plugin, no other base, no frame'),
  },
  {
    name: 'content security policy',
    guards: 'an answer that a browser would run something from',
    remove: [{ file: 'server/src/http/security.ts', find: "        'object-src': [\"'none'\"],\n", replace: '' }],
    test: hardening('/api/me: HTTPS for a year with all subdomains, no plugin, no other base, no frame'),
  },
  {
    name: 'refusals are logged with their code',
    guards: 'an attack that the log does not tell from a mistake',
    remove: [{ file: 'server/src/http/logging.ts', find: '{ refused: request.refusals }', replace: '{}' }],
    test: hardening('has for every refusal its code, who, from where and when, as one line of JSON that no input can break'),
  },
  {
    name: 'register: every item',
    guards: 'an item of the standard that nobody answered',
    remove: [{ file: 'docs/asvs/V9.md', find: '| 9.2.3 | 2     |', replace: '| 9.2.2 | 2     |' }],
    test: register('has every item of level 1 and 2 once, on the page of its chapter, with its level'),
  },
  {
    name: 'register: tests exist',
    guards: 'a claim whose test is gone',
    remove: [{ file: 'docs/asvs/V9.md', find: '[^badtok]: `tests/api/badTokens', replace: '[^badtok]: `tests/api/gone' }],
    test: register('names for what is met a test that is there, and for everything else a reason'),
  },
  {
    name: 'inventory of cryptography',
    guards: 'a use of cryptography that nobody wrote down',
    remove: [{ file: 'docs/cryptography.md', find: '`server/src/http/auth/cache.ts`', replace: 'memory' }],
    test: register('the inventory of cryptography names every file that does any'),
  },
]
