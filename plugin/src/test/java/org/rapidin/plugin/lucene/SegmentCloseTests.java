package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

public class SegmentCloseTests extends GradientIndexTestCase {
  private static final int DIMENSION = 4096;
  private static final int ROUNDS = 1000;

  /** Memory that is unmapped under a running scan must not take the JVM with it. */
  public void testASegmentClosedWhileItIsScoredIsAnExceptionNotACrash() throws Exception {
    GradientCorpus corpus = new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16);
    try (Directory directory = mapped();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      try (IndexWriter writer = new IndexWriter(directory, config(corpus, false))) {
        for (int i = 0; i < 64; i++) {
          corpus.add(writer, corpus.vector());
        }
        writer.forceMerge(1);
      }
      int closed = 0;
      for (int round = 0; round < ROUNDS; round++) {
        closed += scoreUntilClosed(directory, threads, corpus.vector());
      }
      assertEquals(ROUNDS, closed);
    }
  }

  private static int scoreUntilClosed(Directory directory, ExecutorService threads, float[] vector)
      throws Exception {
    DirectoryReader reader = DirectoryReader.open(directory);
    var matrix =
        SegmentMatrix.open(reader.leaves().get(0).reader(), FIELD, DIMENSION).orElseThrow();
    int[] all = IntStream.range(0, matrix.rows()).toArray();
    float[] products = new float[all.length];
    CountDownLatch scoring = new CountDownLatch(1);
    Future<Integer> closed =
        threads.submit(
            () -> {
              try (Scan scan = new CpuScanEngine().open(matrix, List.of(vector))) {
                while (true) {
                  scan.score(all, all.length, products);
                  scoring.countDown();
                }
              } catch (IllegalStateException expected) {
                return 1;
              }
            });
    scoring.await();
    reader.close();
    return closed.get();
  }
}
