package org.rapidin.plugin.lucene;

/**
 * How queries in candidates mode chose their candidates, segment by segment.
 *
 * @param graphs segments whose graph was searched
 * @param abandoned graphs whose search took too long or did not reach enough documents: their codes
 *     were scanned after it
 * @param visited codes that searches of graphs estimated, abandoned ones too
 * @param codes segments all of whose codes were scanned
 * @param rows segments without codes, all of whose rows were scanned
 */
public record CandidateCounts(long graphs, long abandoned, long visited, long codes, long rows) {
  /** No query was in candidates mode. */
  public static final CandidateCounts NONE = new CandidateCounts(0, 0, 0, 0, 0);
}
