package org.rapidin.plugin.compare;

import java.io.IOException;
import java.util.Arrays;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The mean of a number over queries.
 *
 * @param mean NaN if there are no queries
 * @param standardError of the mean; NaN for fewer than two queries
 * @param queries that have the number
 */
public record Estimate(double mean, double standardError, int queries) implements Writeable {
  Estimate(StreamInput in) throws IOException {
    this(in.readDouble(), in.readDouble(), in.readVInt());
  }

  /** Estimates from the numbers of queries, of which those are left out that are NaN. */
  static Estimate of(double[] numbers) {
    double[] known = Arrays.stream(numbers).filter(number -> !Double.isNaN(number)).toArray();
    double mean = Arrays.stream(known).sum() / known.length;
    double squares = Arrays.stream(known).map(each -> (each - mean) * (each - mean)).sum();
    double error =
        known.length < 2 ? Double.NaN : Math.sqrt(squares / (known.length - 1) / known.length);
    return new Estimate(mean, error, known.length);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeDouble(mean);
    out.writeDouble(standardError);
    out.writeVInt(queries);
  }

  /** Writes what is known into an object. */
  void toXContent(XContentBuilder builder) throws IOException {
    if (queries > 0) {
      builder.field("mean", mean);
    }
    if (queries > 1) {
      builder.field("standard_error", standardError);
    }
    builder.field("queries", queries);
  }
}
