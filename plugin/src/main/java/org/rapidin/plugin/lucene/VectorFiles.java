package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;

/** The vector files of one segment. Valid while the reader is open. */
public final class VectorFiles {
  private final KnnVectorsReader vectors;
  private final long bytes;

  private VectorFiles(KnnVectorsReader vectors, long bytes) {
    this.vectors = vectors;
    this.bytes = bytes;
  }

  /**
   * Returns the vector files of all segments.
   *
   * @param reader of a shard
   * @param fields vector fields; segments without any of them are left out
   */
  public static List<VectorFiles> of(IndexReader reader, Collection<String> fields) {
    List<VectorFiles> all = new ArrayList<>();
    for (LeafReaderContext leaf : reader.leaves()) {
      if (FilterLeafReader.unwrap(leaf.reader()) instanceof CodecReader segment
          && segment.getVectorReader() != null) {
        long bytes = 0;
        for (String field : fields) {
          FieldInfo info = segment.getFieldInfos().fieldInfo(field);
          if (info != null && info.hasVectorValues()) {
            bytes += size(segment.getVectorReader(), info);
          }
        }
        if (bytes > 0) {
          all.add(new VectorFiles(segment.getVectorReader(), bytes));
        }
      }
    }
    return all;
  }

  private static long size(KnnVectorsReader vectors, FieldInfo field) {
    return vectors.getOffHeapByteSize(field).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the size of the vectors. */
  public long bytes() {
    return bytes;
  }

  /**
   * Reads the files from end to end.
   *
   * @throws CorruptIndexException if they do not have their checksum
   */
  public void verify() throws IOException {
    vectors.checkIntegrity();
  }
}
