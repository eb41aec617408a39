import * as v from 'valibot'

/**
 * Command that judges a file before it is put in place: a list of words, or a text that is split at
 * blanks. The word `%s` stands for the path. No shell reads it, so quotes in a text are refused.
 */
export const validator = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.check(
    (given) => typeof given !== 'string' || !/["'\\$`|;&<>]/.test(given),
    'no shell reads this command; where a word needs quotes, write a list of words',
  ),
  v.transform((given) => (typeof given === 'string' ? given.split(/\s+/).filter(Boolean) : given)),
  v.minLength(1, 'expected a command'),
  v.check(
    (words) => words.every((word) => word === '%s' || !word.includes('%s')),
    'write %s as a word of its own',
  ),
)
