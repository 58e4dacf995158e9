import { parseStoreLocation, spellStoreLocation, type StoreLocation } from '../../lib/store-location.ts'
import { openAzureStore } from './azure-store.ts'
import { BlobStoreUnavailable, type BlobStore } from './blob-store.ts'
import { openDirectoryStore } from './directory-store.ts'
import { openS3Store, type S3Credentials } from './s3-store.ts'

/** With what stores are opened: from the environment alone, never from the graph. */
export interface StoreCredentials {
  s3: S3Credentials | null
  azure: { connectionString: string } | null
}

/** The platform's own store, and those that registries name. */
export interface BlobStores {
  readonly main: BlobStore
  /** The store of a registry's or package's `storage`: `main`, or an address. Throws BlobStoreUnavailable where the address cannot be used. */
  at(storage: string): BlobStore
  /** Why an address cannot be a registry's store; null where it can. It is not tried: see `BlobStore.probe`. */
  whyNot(address: string): string | null
  close(): Promise<void>
}

/** How `storage` names the platform's own store. */
export const MAIN_STORE = 'main'

/** The main store, and those of registries that name one of their own, each opened when it is first asked for. */
export function openBlobStores(main: StoreLocation, credentials: StoreCredentials): BlobStores {
  const mainStore = openStore(main, credentials)
  /** By their one spelling, so that a store is opened once, however it is written. */
  const opened = new Map<string, BlobStore>()
  if (main.kind !== 'file') opened.set(mainStore.location, mainStore)
  const whyNot = (address: string): string | null => {
    const location = parseStoreLocation(address)
    if (location === null || location.kind === 'file') {
      return 'is no store: write s3://bucket/prefix or azure://container/prefix, without credentials'
    }
    if (location.kind === 's3' && credentials.s3 === null)
      return 'needs the service to be started with PATCHBAY_S3_ACCESS_KEY_ID and PATCHBAY_S3_SECRET_ACCESS_KEY'
    if (location.kind === 'azure' && credentials.azure === null)
      return 'needs the service to be started with PATCHBAY_AZURE_CONNECTION_STRING'
    return null
  }
  return {
    main: mainStore,
    whyNot,
    at(storage) {
      if (storage === MAIN_STORE) return mainStore
      const fault = whyNot(storage)
      if (fault !== null) {
        throw new BlobStoreUnavailable(storage, fault, 'See the configuration of this process.')
      }
      const location = parseStoreLocation(storage)!
      const address = spellStoreLocation(location)
      const store = opened.get(address) ?? openStore(location, credentials)
      opened.set(address, store)
      return store
    },
    async close() {
      await Promise.all([...new Set([mainStore, ...opened.values()])].map((store) => store.close()))
    },
  }
}

function openStore(location: StoreLocation, { s3, azure }: StoreCredentials): BlobStore {
  if (location.kind === 'file') return openDirectoryStore(location.directory)
  if (location.kind === 's3') {
    if (s3 === null) throw new Error('An S3 store needs credentials.')
    return openS3Store(location, s3)
  }
  if (azure === null) throw new Error('An Azure store needs a connection string.')
  return openAzureStore(location, azure)
}
