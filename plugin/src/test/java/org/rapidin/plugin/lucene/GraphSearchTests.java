package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.COLOUR;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.tests.util.TestUtil;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;

/** A query in candidates mode, on segments with graphs over their codes. */
public class GraphSearchTests extends GraphIndexTestCase {
  private static final Query RED = new TermQuery(new Term(COLOUR, "red"));
  private static final Query BLUE = new TermQuery(new Term(COLOUR, "blue"));

  public void testFindsWhatIsBestWithExactScores() throws IOException {
    for (boolean opponents : new boolean[] {false, true}) {
      assertRecall(reader, null, opponents);
    }
  }

  public void testFilterAndDeletionsAreHonouredDuringTheSearch() throws IOException {
    assertRecall(reader, BLUE, false);
    assertRecall(reader, BLUE, true);
  }

  /** The large segment is scanned, too, if few documents are accepted or many are wanted. */
  public void testAGraphIsSearchedWhereThatIsFaster() throws IOException {
    assertEquals(1, codeScans(null, CANDIDATES, 1));
    assertEquals(2, codeScans(RED, CANDIDATES, 0));
    assertEquals(2, codeScans(null, new Candidates(20, 20), 0));
  }

  /** How many segments have all their codes scanned; of the others the graphs are counted. */
  private static int codeScans(Query filter, Candidates candidates, int graphs) throws IOException {
    AtomicInteger scans = new AtomicInteger();
    CodeScanEngine counting =
        (codes, queries) -> {
          scans.incrementAndGet();
          return new CpuCodeScanEngine().open(codes, queries);
        };
    ScanEngines engines = new ScanEngines(new CpuScanEngine(), counting);
    float[] vector = near(corpus.stored().get(1));
    Query query = query(vector, filter, candidates, false, engines);
    assertEquals(candidates.k(), new IndexSearcher(reader).count(query));
    CandidateCounts counts = engines.counters().counts();
    assertEquals(graphs, counts.graphs());
    assertEquals(graphs > 0, counts.visited() > 0);
    assertEquals(scans.get(), counts.codes());
    assertEquals(0, counts.abandoned() + counts.rows());
    return scans.get();
  }

  public void testMergedSegmentsHaveAGraphOfAllRows() throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(corpus, isSorted()))) {
      writer.forceMerge(1);
    }
    TestUtil.checkIndex(directory);
    try (DirectoryReader merged = DirectoryReader.openIfChanged(reader)) {
      assertEquals(List.of(corpus.stored().size()), graphs(merged));
      assertRecall(merged, null, false);
      assertRecall(merged, BLUE, false);
    }
  }

  private static boolean isSorted() {
    return reader.leaves().getFirst().reader().getMetaData().sort() != null;
  }
}
