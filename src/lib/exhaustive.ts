/** For the default branch of a switch over a closed set: the types prove that it is never reached. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}
