// Store: the database of all runs, for queries.
//
// Holds what the run folders say in tables, for lists and SQL, and the notes and tags of people.
// The only layer that knows SQLite, and the only one built on GRDB.
//
// Promises:
// - A lost database is made anew from the folders.
// - A database from elsewhere is checked before any query (`RunStore+Trust`).
// - A run that trains never waits for the database: `RunStoreWriter` has a queue of its own.
//
// Never trains and shows nothing. Nothing below and no session needs it: a session takes any
// `RunIndex`, or none. Its failures are `RunStoreFailure`, beside `RunIndex` in Runs, so that their
// words need no database.
//
// Where things are:
// - `RunStore`: opening, the beginning and end of runs; `+Records`: lists and figures by epoch; `+Events`,
//   `+Notes`, `+Schema`, `+Trust`.
// - `RunStoreWriter`: writes a run while it trains.
// - `RunFolder+Branching`: restoring a checkpoint and branching from it, in folder and store.
