package org.rapidin.plugin.compare;

import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What is compared.
 *
 * @param queries documents whose vectors are the queries, at least 2
 * @param documents others that are ranked, at most; with the queries at most 10,000
 * @param k how many of the first documents are compared, as well as {@value #ALWAYS}
 * @param seed decides which documents are drawn
 */
public record CompareSample(int queries, int documents, int k, long seed) implements Writeable {
  /** Documents that rank first and are always compared. */
  public static final int ALWAYS = 10;

  /** OpenSearch answers no more hits. */
  private static final int MOST = 10_000;

  public CompareSample {
    if (queries < 2) {
      throw new IllegalArgumentException("queries must be at least 2, got %s".formatted(queries));
    }
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, got %s".formatted(k));
    }
    if (documents <= Math.max(k, ALWAYS)) {
      throw new IllegalArgumentException(
          "documents must be more than %s, the number of those that rank first, got %s"
              .formatted(Math.max(k, ALWAYS), documents));
    }
    if ((long) queries + documents > MOST) {
      throw new IllegalArgumentException(
          "queries and documents must be at most %s together, got %s and %s"
              .formatted(MOST, queries, documents));
    }
  }

  CompareSample(StreamInput in) throws IOException {
    this(in.readVInt(), in.readVInt(), in.readVInt(), in.readLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(queries);
    out.writeVInt(documents);
    out.writeVInt(k);
    out.writeLong(seed);
  }

  /** Documents that are drawn at most. */
  int size() {
    return queries + documents;
  }

  /** How many of the first documents are compared, for each overlap. */
  SortedSet<Integer> ks() {
    SortedSet<Integer> ks = new TreeSet<>();
    ks.add(ALWAYS);
    ks.add(k);
    return ks;
  }

  /**
   * Checks that rankings can be compared.
   *
   * @param documents that are ranked
   * @throws IllegalArgumentException if there are too few
   */
  static void requireEnough(int queries, int documents, SortedSet<Integer> ks) {
    if (queries < 2 || documents <= ks.last()) {
      throw new IllegalArgumentException(
          "%s documents of the sample are queries and %s are ranked, but at least 2 and at least %s are needed: ask for fewer queries%s, or index more documents with vectors in both fields"
              .formatted(
                  queries, documents, ks.last() + 1, ks.last() > ALWAYS ? " or a smaller k" : ""));
    }
  }
}
