import { evaluateCondition } from './condition.ts'
import type { ConditionContext, Truth } from './condition.ts'

/** One `.if` with its branches. */
export interface Block {
  /** Whether haproxy reads the branch that we are in. */
  readonly isTaken: Truth
  /** Whether an earlier branch, or this one, is taken: then all further ones are not. */
  readonly isDecided: Truth
}

/** Whether a keyword begins or ends a branch. */
export function isDirective(keyword: string): boolean {
  return /^\.(if|elif|else|endif)$/.test(keyword)
}

/**
 * The blocks around the lines behind a directive (configuration manual, 2.4).
 * @param blocks those around it, the innermost last
 */
export function enterBlock(
  blocks: readonly Block[],
  [keyword, ...words]: readonly string[],
  context: ConditionContext,
): readonly Block[] {
  const around = blocks.slice(0, -1)
  const block = blocks.at(-1) ?? { isTaken: null, isDecided: null }
  const condition = words.join(' ')
  if (keyword === '.endif') return around
  if (keyword === '.if') {
    const truth = evaluateCondition(condition, context)
    return [...blocks, { isTaken: truth, isDecided: truth }]
  }
  const truth = keyword === '.else' ? true : evaluateCondition(condition, context)
  return [...around, nextBranch(block, truth)]
}

function nextBranch({ isDecided }: Block, truth: Truth): Block {
  if (isDecided === true || truth === false) return { isTaken: false, isDecided }
  if (isDecided === false) return { isTaken: truth, isDecided: truth }
  return { isTaken: null, isDecided: truth === true ? true : null }
}
