package org.rapidin.plugin.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.IndexSearcher;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.index.mapper.IdFieldMapper;
import org.opensearch.search.query.QueryPhase.TimeExceededException;

/** What a scan throws when its search is cancelled or its timeout is over. */
final class ScanEnd {
  private ScanEnd() {}

  /**
   * Returns the exception for a cancelled task or for a timeout: a search whose time is over
   * answers with what it has, a cancelled one fails.
   *
   * @param searcher whose timeout ends the scan
   */
  static RuntimeException of(IndexSearcher searcher) {
    try {
      // The timeout itself answers yes to both; the readers that OpenSearch wraps throw which.
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        Terms ids = leaf.reader().terms(IdFieldMapper.NAME);
        if (ids != null) {
          ids.iterator();
        }
      }
    } catch (TaskCancelledException | TimeExceededException e) {
      return e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new TimeExceededException();
  }
}
