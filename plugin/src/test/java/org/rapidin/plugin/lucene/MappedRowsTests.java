package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.MMapDirectory;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowCounts;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.Scan;

/** Rows of a file that is mapped in several chunks; in production a chunk has 16 GiB. */
public class MappedRowsTests extends GradientIndexTestCase {
  private static final int ROWS = 700;

  private Path folder;
  private GradientCorpus corpus;
  private int rowBytes;

  private void index(ElementType type, int dimension) throws IOException {
    folder = createTempDir();
    corpus = new GradientCorpus(random(), dimension, type);
    rowBytes = type.valuesLength(dimension);
    IndexWriterConfig config = config(corpus, false).setUseCompoundFile(false);
    // Rows in a compound file begin anywhere.
    config.getMergePolicy().setNoCFSRatio(0);
    try (MMapDirectory directory = new MMapDirectory(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < ROWS; i++) {
        corpus.add(writer, corpus.vector());
      }
      writer.forceMerge(1);
    }
  }

  public void testScoresAndRowsDoNotDependOnTheSizeOfChunks() throws IOException {
    for (ElementType type : ElementType.values()) {
      // Chunks end within rows and within scales.
      index(type, 509);
      float[] query = corpus.vector();
      Read whole = read(MMapDirectory.DEFAULT_MAX_CHUNK_SIZE, query);
      assertEquals(1, whole.pieces);
      assertEquals(new RowCounts(ROWS, 0), whole.counts);
      for (int power = 6; power <= 20; power++) {
        Read inChunks = read(1L << power, query);
        assertArrayEquals(whole.products, inChunks.products, 0f);
        assertArrayEquals(whole.values, inChunks.values);
        assertArrayEquals(whole.scales, inChunks.scales);
        assertEquals(ROWS, inChunks.counts.mapped() + inChunks.counts.copied());
        assertTrue(1L << power >= rowBytes || inChunks.counts.mapped() == 0);
      }
    }
  }

  public void testOnlyRowsOnTheBorderOfTwoChunksAreInNoPiece() throws IOException {
    index(ElementType.FLOAT16, 512);
    long chunk = 64 * 1024;
    try (MMapDirectory directory = new MMapDirectory(folder, chunk);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      SegmentMatrix matrix = matrix(reader);
      List<RowPiece> pieces = matrix.mapped();
      // Rows begin at a page, so that rows of 1 KiB are never on a border.
      assertEquals(ROWS, pieces.stream().mapToInt(piece -> piece.matrix().rows()).sum());
      assertEquals(Math.ceilDiv(4096 + ROWS * (long) rowBytes, chunk), pieces.size());
      assertEquals(new RowCounts(ROWS, 0), read(chunk, corpus.vector()).counts);
    }
  }

  private record Read(
      int pieces, RowCounts counts, float[] products, byte[] values, byte[] scales) {}

  private Read read(long chunkBytes, float[] query) throws IOException {
    CpuScanEngine engine = new CpuScanEngine();
    float[] products = new float[ROWS];
    byte[] values = new byte[ROWS * rowBytes];
    byte[] scales = new byte[ROWS * ElementType.SCALE_BYTES];
    try (MMapDirectory directory = new MMapDirectory(folder, chunkBytes);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      SegmentMatrix matrix = matrix(reader);
      try (Scan scan = engine.open(matrix, List.of(query))) {
        scan.score(IntStream.range(0, ROWS).toArray(), ROWS, products);
      }
      matrix.read(0, ROWS, MemorySegment.ofArray(values), rowBytes, MemorySegment.ofArray(scales));
      return new Read(matrix.mapped().size(), engine.counts(), products, values, scales);
    }
  }

  private static SegmentMatrix matrix(DirectoryReader reader) throws IOException {
    return SegmentMatrix.open(reader.leaves().get(0).reader(), FIELD).orElseThrow();
  }
}
