/** Tells whoever started this process where it serves, and, each time it is asked, how much CPU it has used. */
export function tellUsage(url: string): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuMs: (user + system) / 1000 })
  })
  process.send?.({ url })
}
