package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.QueryBuilder;

/**
 * BM25 with OpenSearch's defaults: Lucene, standard analyzer, k1 = 1.2, b = 0.75, any word may
 * match. In memory. Thread-safe.
 */
public final class Bm25Ranking implements AutoCloseable {
  private static final String TEXT = "text";

  private final Analyzer analyzer = new StandardAnalyzer();
  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private final DirectoryReader reader;

  /**
   * @param texts texts of the documents, in order
   */
  public Bm25Ranking(List<String> texts) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
      for (String text : texts) {
        Document document = new Document();
        document.add(new TextField(TEXT, text, Field.Store.NO));
        writer.addDocument(document);
      }
      // One segment keeps Lucene's document numbers equal to our indices.
      writer.forceMerge(1);
    }
    reader = DirectoryReader.open(directory);
  }

  /** Ranks the documents of a set by instruction and output. */
  static Bm25Ranking of(DemoSet set) throws IOException {
    return new Bm25Ranking(
        set.documents().stream()
            .map(document -> document.instruction() + " " + document.output())
            .toList());
  }

  /**
   * Scores all documents.
   *
   * @param text the query; each word counts as often as it occurs
   * @return one score per document, 0 where no word matches
   */
  public double[] scores(String text) throws IOException {
    double[] scores = new double[reader.numDocs()];
    Query query = new QueryBuilder(analyzer).createBooleanQuery(TEXT, text);
    for (ScoreDoc hit : new IndexSearcher(reader).search(query, scores.length).scoreDocs) {
      scores[hit.doc] = hit.score;
    }
    return scores;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
    analyzer.close();
  }
}
