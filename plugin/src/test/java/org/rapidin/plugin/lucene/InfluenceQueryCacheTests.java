package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LRUQueryCache;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryCachingPolicy;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.ElementType;

/** What the query cache learns of a vector: nothing. */
public class InfluenceQueryCacheTests extends GradientIndexTestCase {

  public void testWithoutScoresNoKeyHoldsTheVector() throws IOException {
    try (Directory directory = newDirectory()) {
      GradientCorpus corpus = new GradientCorpus(random(), 64, ElementType.FLOAT16);
      try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
        corpus.add(writer, 20);
        corpus.delete(writer, 3);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        List<Query> keys = new ArrayList<>();
        IndexSearcher searcher = searcher(reader, keys);
        InfluenceQuery query = query(corpus.vector());
        Query clauses =
            new BooleanQuery.Builder()
                .add(query, Occur.FILTER)
                .add(new TermQuery(new Term("absent", "x")), Occur.MUST_NOT)
                .build();
        for (int i = 0; i < 3; i++) {
          for (Query each : List.of(query, clauses)) {
            assertEquals(
                scores(searcher, query).keySet(),
                scores(searcher, new ConstantScoreQuery(each)).keySet());
          }
        }
        for (Query key : keys) {
          assertFalse(key.toString(), key.toString().contains("influence"));
        }
        Weight scoring = query.createWeight(searcher, ScoreMode.COMPLETE, 1);
        for (LeafReaderContext leaf : reader.leaves()) {
          assertFalse(scoring.isCacheable(leaf));
        }
      }
    }
  }

  /** A searcher that caches whatever can be cached, and notes the keys. */
  private static IndexSearcher searcher(DirectoryReader reader, List<Query> keys) {
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setQueryCache(
        new LRUQueryCache(10, 1 << 20, leaf -> true, 1) {
          @Override
          protected void onQueryCache(Query query, long bytes) {
            keys.add(query);
            super.onQueryCache(query, bytes);
          }
        });
    searcher.setQueryCachingPolicy(
        new QueryCachingPolicy() {
          @Override
          public void onUse(Query query) {}

          @Override
          public boolean shouldCache(Query query) {
            return true;
          }
        });
    return searcher;
  }
}
