package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;
import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;
import static org.rapidin.plugin.lucene.GradientCorpus.SORT_KEY;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.tests.search.QueryUtils;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;

/** A query with its own filter ranks as a conjunction does, but in blocks. */
public class FilteredInfluenceTests extends OpenIndexTestCase {
  private static final Query RED = new TermQuery(new Term(COLOUR, "red"));

  /** The last but one has a second phase, the last matches nothing. */
  private static final List<Query> FILTERS =
      List.of(
          RED,
          new MatchAllDocsQuery(),
          new TermQuery(new Term(GradientCorpus.ID, "17")),
          NumericDocValuesField.newSlowRangeQuery(SORT_KEY, 100, 300),
          new MatchNoDocsQuery());

  public FilteredInfluenceTests() {
    super(64, 400, 60);
  }

  @Override
  void delete(IndexWriter writer) throws IOException {
    for (int id = 0; id < 460; id += 7) {
      corpus.delete(writer, id);
    }
  }

  public void testAFilterGivesTheBitsOfAConjunction() throws IOException {
    float[] vector = corpus.vector();
    for (Query filter : FILTERS) {
      IndexSearcher searcher = new IndexSearcher(reader);
      Map<Integer, Float> wanted = scores(searcher, and(query(vector), filter));
      assertEquals(wanted, scores(searcher, filtered(vector, filter)));
      // In a conjunction the query scores one document at a time.
      assertEquals(
          scores(searcher, and(and(query(vector), filter), RED)),
          scores(searcher, and(filtered(vector, filter), RED)));
    }
  }

  public void testTheOracleAgrees() throws IOException {
    float[] vector = corpus.vector();
    InfluenceQuery query = filtered(vector, RED);
    Map<Integer, Float> wanted = new TreeMap<>(expected(corpus, query));
    wanted.keySet().removeIf(id -> !GradientCorpus.colour(id).equals("red"));
    assertScores(wanted, scores(new IndexSearcher(reader), query));
  }

  public void testOnlyAcceptedRowsAreScoredAndInBlocks() throws IOException {
    int[] calls = new int[2];
    InfluenceQuery query =
        query(
            FIELD,
            corpus.vector(),
            new InfluenceScore(1, false),
            RED,
            (rows, queries) -> {
              Scan scan = new CpuScanEngine().open(rows, queries);
              return new Scan() {
                @Override
                public int preferredRows() {
                  return rows.rows();
                }

                @Override
                public void score(int[] ords, int count, float[] products) throws IOException {
                  calls[0]++;
                  calls[1] += count;
                  scan.score(ords, count, products);
                }

                @Override
                public void close() {}
              };
            });
    int hits = scores(new IndexSearcher(reader), query).size();
    assertEquals(reader.leaves().size(), calls[0]);
    assertEquals(hits, calls[1]);
  }

  public void testALuceneSearcherFindsNoFault() throws IOException {
    // Lucene's checks take a deleted document for a match.
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
      writer.forceMerge(1);
    }
    try (DirectoryReader merged = DirectoryReader.open(directory)) {
      for (Query filter : FILTERS) {
        QueryUtils.check(random(), filtered(corpus.vector(), filter), newSearcher(merged));
      }
    }
  }

  public void testWithoutScoresTheFilterCountsToo() throws IOException {
    IndexSearcher searcher = new IndexSearcher(reader);
    float[] vector = corpus.vector();
    for (Query filter : FILTERS) {
      assertEquals(
          scores(searcher, filtered(vector, filter)).size(),
          searcher.count(filtered(vector, filter)));
    }
  }

  public void testAnExplanationSaysThatTheFilterDoesNotMatch() throws IOException {
    IndexSearcher searcher = new IndexSearcher(reader);
    float[] vector = corpus.vector();
    int hit = searcher.search(filtered(vector, RED), 1).scoreDocs[0].doc;
    assertTrue(searcher.explain(filtered(vector, RED), hit).isMatch());
    var explanation = searcher.explain(filtered(vector, new MatchNoDocsQuery()), hit);
    assertFalse(explanation.isMatch());
    assertEquals("the filter does not match", explanation.getDescription());
  }

  public void testTheFilterIsPartOfEquality() {
    float[] vector = corpus.vector();
    QueryUtils.checkEqual(filtered(vector, RED), filtered(vector, RED));
    QueryUtils.checkUnequal(filtered(vector, RED), query(vector));
    QueryUtils.checkUnequal(filtered(vector, RED), filtered(vector, new MatchAllDocsQuery()));
  }

  private static InfluenceQuery filtered(float[] vector, Query filter) {
    return query(
        FIELD, vector, InfluenceScore.of(vector, SCALE, false), filter, new CpuScanEngine());
  }

  private static Query and(Query ranked, Query filter) {
    return new BooleanQuery.Builder().add(ranked, Occur.MUST).add(filter, Occur.FILTER).build();
  }
}
