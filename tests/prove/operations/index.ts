// Every write path that the harness mixes. A new one is a file here and a name in this list.
import type { Operation } from '../operation.ts'
import { block, planBlock } from './block.ts'
import { book, bookForRenter, enterPast } from './book.ts'
import { cancel } from './cancel.ts'
import { assignDriver, changeCar, swap } from './cars.ts'
import { extend, modify } from './modify.ts'
import { review } from './review.ts'

export const operations: readonly Operation[] = [
  book,
  bookForRenter,
  enterPast,
  modify,
  extend,
  changeCar,
  swap,
  assignDriver,
  planBlock,
  block,
  cancel,
  review,
]
