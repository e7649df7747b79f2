package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LRUQueryCache;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryCachingPolicy;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.ElementType;

/** What the query cache learns of a vector: nothing. */
public class InfluenceQueryCacheTests extends GradientIndexTestCase {

  public void testWithoutScoresTheKeyIsTheFieldAndNotTheVector() throws IOException {
    List<Query> used = new ArrayList<>();
    try (Directory directory = newDirectory()) {
      GradientCorpus corpus = new GradientCorpus(random(), 64, ElementType.FLOAT16);
      try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
        corpus.add(writer, 20);
        corpus.delete(writer, 3);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        searcher.setQueryCache(new LRUQueryCache(10, 1 << 20, leaf -> true, 1));
        searcher.setQueryCachingPolicy(
            new QueryCachingPolicy() {
              @Override
              public void onUse(Query query) {
                used.add(query);
              }

              @Override
              public boolean shouldCache(Query query) {
                return true;
              }
            });
        InfluenceQuery query = query(corpus.vector());
        for (int i = 0; i < 3; i++) {
          assertEquals(
              scores(searcher, query).keySet(),
              scores(searcher, new ConstantScoreQuery(query)).keySet());
        }
        assertFalse(used.isEmpty());
        for (Query key : used) {
          assertEquals(new FieldExistsQuery(FIELD), key);
        }
        Weight scoring = query.createWeight(searcher, ScoreMode.COMPLETE, 1);
        for (LeafReaderContext leaf : reader.leaves()) {
          assertFalse(scoring.isCacheable(leaf));
        }
      }
    }
  }
}
