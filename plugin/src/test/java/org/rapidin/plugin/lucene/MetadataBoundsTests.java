package org.rapidin.plugin.lucene;

import static org.rapidin.plugin.lucene.GradientCorpus.FIELD;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraph.NodesIterator;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.bits.SegmentCodes;

/**
 * Metadata with a right checksum and a wrong number is refused when a segment is opened, or leads
 * to nothing that is not there.
 */
public class MetadataBoundsTests extends GradientIndexTestCase {
  private static final int DIMENSION = 256;

  public void testAnyWrongByteOfTheMetadataIsRefusedOrHarmless() throws IOException {
    boolean sparse = random().nextBoolean();
    try (Directory whole = index(sparse)) {
      String file = metadata(whole);
      int end = (int) whole.fileLength(file) - CodecUtil.footerLength();
      int begin = CodecUtil.indexHeaderLength(GradientVectorsFormat.META_CODEC, suffix(file));
      int refused = 0;
      for (int position = begin; position < end; position++) {
        refused += isRefused(whole, file, position, sparse) ? 1 : 0;
      }
      // Of the rest, most are numbers of the graph and of Lucene's map of documents.
      assertTrue(refused + " of " + (end - begin), refused > (end - begin) / 2);
    }
  }

  private static boolean isRefused(Directory whole, String file, int position, boolean sparse)
      throws IOException {
    int change = 1 + random().nextInt(255);
    try (Directory forged = forge(whole, file, position, change)) {
      try (DirectoryReader reader = DirectoryReader.open(forged)) {
        for (LeafReaderContext leaf : reader.leaves()) {
          readAll(leaf, sparse);
        }
        return false;
      } catch (CorruptIndexException refused) {
        return true;
      } catch (Exception | Error other) {
        if (isAssertionOfLucene(other)) {
          return true;
        }
        throw new AssertionError("byte %s changed by %s".formatted(position, change), other);
      }
    }
  }

  /**
   * Lucene refuses a negative offset by an assertion, before it would refuse it by an exception.
   */
  private static boolean isAssertionOfLucene(Throwable fault) {
    return fault instanceof AssertionError
        && fault.getStackTrace()[0].getClassName().startsWith("org.apache.lucene.codecs.");
  }

  /** Lucene does not check the map of documents of a sparse field while it reads it. */
  private static void readAll(LeafReaderContext leaf, boolean sparse) throws IOException {
    SegmentMatrix matrix = SegmentMatrix.open(leaf.reader(), FIELD).orElseThrow();
    for (int ord = 0; ord < matrix.rows(); ord++) {
      assertEquals(DIMENSION, matrix.row(ord).length);
      assertTrue(sparse || matrix.document(ord) < leaf.reader().maxDoc());
    }
    SegmentCodes codes = matrix.codes().orElseThrow();
    MemorySegment bits = MemorySegment.ofArray(new byte[codes.bits() / Byte.SIZE]);
    for (int ord = 0; ord < codes.rows(); ord++) {
      codes.read(ord, 1, bits, bits.byteSize(), MemorySegment.ofArray(new byte[Float.BYTES]));
    }
    Optional<HnswGraph> graph = matrix.graph();
    if (graph.isPresent()) {
      walk(graph.get());
    }
  }

  private static void walk(HnswGraph graph) throws IOException {
    for (int level = 0; level < graph.numLevels(); level++) {
      NodesIterator nodes = graph.getNodesOnLevel(level);
      while (nodes.hasNext()) {
        graph.seek(level, nodes.nextInt());
        int neighbour;
        do {
          neighbour = graph.nextNeighbor();
        } while (neighbour != DocIdSetIterator.NO_MORE_DOCS);
      }
    }
  }

  /** Copies an index with one byte changed, under a right checksum. */
  private static Directory forge(Directory whole, String file, int position, int change)
      throws IOException {
    Directory forged = new ByteBuffersDirectory();
    for (String name : whole.listAll()) {
      if (!name.equals(file)) {
        forged.copyFrom(whole, name, name, IOContext.DEFAULT);
      }
    }
    try (IndexInput in = whole.openInput(file, IOContext.READONCE);
        IndexOutput out = forged.createOutput(file, IOContext.DEFAULT)) {
      byte[] content = new byte[(int) in.length() - CodecUtil.footerLength()];
      in.readBytes(content, 0, content.length);
      content[position] ^= (byte) change;
      out.writeBytes(content, content.length);
      CodecUtil.writeFooter(out);
    }
    return forged;
  }

  private static Directory index(boolean sparse) throws IOException {
    GradientCorpus corpus =
        new GradientCorpus(random(), DIMENSION, ElementType.FLOAT16, DIMENSION, 64);
    Directory directory = new ByteBuffersDirectory();
    for (int part = 0; part < 2; part++) {
      try (IndexWriter writer = writer(directory, corpus)) {
        for (int i = 0; i < 50; i++) {
          corpus.add(writer, sparse && i % 5 == 0 ? null : corpus.vector());
        }
      }
    }
    // Only merges make graphs.
    TieredMergePolicy merges = new TieredMergePolicy();
    merges.setNoCFSRatio(0);
    try (IndexWriter writer =
        new IndexWriter(
            directory, config(corpus, false).setMergePolicy(merges).setUseCompoundFile(false))) {
      writer.forceMerge(1);
    }
    return directory;
  }

  private static IndexWriter writer(Directory directory, GradientCorpus corpus) throws IOException {
    return new IndexWriter(
        directory,
        config(corpus, false).setMergePolicy(NoMergePolicy.INSTANCE).setMaxBufferedDocs(1000));
  }

  private static String metadata(Directory directory) throws IOException {
    String found = null;
    for (String name : directory.listAll()) {
      if (name.endsWith(".rgm")) {
        assertNull("one segment", found);
        found = name;
      }
    }
    return found;
  }

  private static String suffix(String file) {
    return file.substring(file.indexOf('_', 1) + 1, file.lastIndexOf('.'));
  }
}
