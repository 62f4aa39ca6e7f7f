// Every write path that the harness mixes. A new one is a file here and a name in this list.
import type { Operation } from '../operation.ts'
import { block, planBlock } from './block.ts'
import { book, bookForRenter, enterPast } from './book.ts'
import { cancel } from './cancel.ts'
import { assignDriver, changeCar, swap } from './cars.ts'
import { bookSoon, giveBack, noShow, start } from './handover.ts'
import { confirm, hold } from './holds.ts'
import { bookClass, bookSeries } from './many.ts'
import { extend, modify } from './modify.ts'
import { approve, decline } from './requests.ts'
import { review } from './review.ts'

export const operations: readonly Operation[] = [
  ...[book, bookForRenter, enterPast, bookSoon, bookClass, bookSeries],
  ...[hold, confirm, approve, decline],
  ...[modify, extend, changeCar, swap, assignDriver, planBlock, block],
  ...[start, giveBack, noShow, cancel, review],
]
