package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.index.DocIDMerger;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.MergeState;
import org.rapidin.scorer.ElementType;

/**
 * Brings the rows of several segments into the order of the merged one; deleted documents stay
 * behind. Rows of the same element type are copied as they are, others are decoded and encoded
 * again.
 */
final class RowMerger {
  private final List<Source> sources = new ArrayList<>();
  private final MergeState mergeState;
  private final ElementType elementType;
  private final int dimension;
  private final byte[] buffer;

  RowMerger(FieldInfo field, MergeState mergeState, ElementType elementType) throws IOException {
    this.mergeState = mergeState;
    this.elementType = elementType;
    this.dimension = field.getVectorDimension();
    this.buffer = new byte[elementType.rowLength(field.getVectorDimension())];
    for (int i = 0; i < mergeState.knnVectorsReaders.length; i++) {
      KnnVectorsReader reader = mergeState.knnVectorsReaders[i];
      FieldInfo source = mergeState.fieldInfos[i].fieldInfo(field.name);
      if (reader != null && source != null && source.hasVectorValues()) {
        FloatVectorValues values = reader.getFloatVectorValues(field.name);
        if (values != null) {
          sources.add(new Source(mergeState.docMaps[i], values));
        }
      }
    }
  }

  /** How many rows the sources have; those of deleted documents count. */
  int count() {
    return sources.stream().mapToInt(source -> source.values.size()).sum();
  }

  /**
   * Returns the mean of the sources' centres, or of their rows where they have none. Rows of
   * deleted documents count too: any centre will do, and those rows are few.
   *
   * @return float32, length K
   */
  float[] centre() throws IOException {
    CentreSum sum = new CentreSum(dimension);
    for (Source source : sources) {
      float[] centre =
          source.values instanceof GradientVectorValues stored ? stored.centre() : null;
      if (centre != null) {
        sum.add(centre, source.values.size());
      } else {
        addRows(source.values.copy(), sum);
      }
    }
    return sum.mean();
  }

  private void addRows(FloatVectorValues rows, CentreSum sum) throws IOException {
    for (int ord = 0; ord < rows.size(); ord++) {
      mergeState.checkAborted();
      sum.add(rows.vectorValue(ord), 1);
    }
  }

  void copyTo(RowsOutput output) throws IOException {
    if (sources.isEmpty()) {
      return;
    }
    DocIDMerger<Source> merger = DocIDMerger.of(sources, mergeState.needsIndexSort);
    for (Source next = merger.next(); next != null; next = merger.next()) {
      mergeState.checkAborted();
      output.add(next.mappedDocID, row(next.values, next.iterator.index()));
    }
  }

  private byte[] row(FloatVectorValues values, int ord) throws IOException {
    if (values instanceof GradientVectorValues stored && stored.elementType() == elementType) {
      stored.readRow(ord, buffer);
      return buffer;
    }
    return elementType.encode(values.vectorValue(ord));
  }

  private static final class Source extends DocIDMerger.Sub {
    private final FloatVectorValues values;
    private final DocIndexIterator iterator;

    Source(MergeState.DocMap docMap, FloatVectorValues values) {
      super(docMap);
      this.values = values;
      this.iterator = values.iterator();
    }

    @Override
    public int nextDoc() throws IOException {
      return iterator.nextDoc();
    }
  }
}
