package org.rapidin.attribution.service;

/** Which waiting jobs a free thread takes first, in the order of the constants. */
enum Lane {
  /** A user waits for the answer: gradients of queries, loading and unloading. */
  QUERY,
  /** Documents on their way into an index. */
  INGEST
}
