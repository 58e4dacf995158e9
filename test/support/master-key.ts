/** Of all test servers, so that they share the roles that follow from it. */
export const MASTER_KEY = Buffer.alloc(32, 7)
