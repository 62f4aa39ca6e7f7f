// Turns at one thing: how many at once, in which order, and when patience ends.
import { describe, expect, it } from 'vitest'
import { takeTurns } from '../../db/src/turns.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('are given to so many at once, to others in the order of asking, and to other things at any time', async () => {
    const turns = takeTurns({ atOnce: 2, patienceMs: 60_000, code: 'CAR_BUSY' })
    const order: string[] = []
    const ask = async (who: string, key = 'car') => {
      const end = await turns(key)
      order.push(who)
      return end
    }
    const [first, second, third, fourth] = [ask('first'), ask('second'), ask('third'), ask('fourth')]
    const elsewhere = ask('elsewhere', 'other')
    await settled()
    expect(order).toEqual(['first', 'second', 'elsewhere'])
    ;(await second)()
    await settled()
    expect(order.slice(3)).toEqual(['third'])
    ;(await first)()
    ;(await third)()
    await settled()
    expect(order.slice(4)).toEqual(['fourth'])
    ;(await fourth)()
    ;(await elsewhere)()
    expect(typeof (await ask('anew'))).toBe('function')
  })

  it('do not come for ever: who waited long enough is refused and stands in nobody’s way (CAR_BUSY)', async () => {
    const turns = takeTurns({ atOnce: 1, patienceMs: 1, code: 'CAR_BUSY' })
    const end = await turns('car')
    await expect(turns('car')).rejects.toMatchObject({ code: 'CAR_BUSY' })
    end()
    expect(typeof (await turns('car'))).toBe('function')
  }, 10_000)
})
