package org.rapidin.plugin.rest;

import static org.opensearch.core.xcontent.ConstructingObjectParser.constructorArg;

import java.util.List;
import org.opensearch.core.ParseField;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.attribution.Sample;

/** Reads {@code {"samples": [{"prompt": …, "completion": …}]}}; unknown keys are refused. */
final class SampleListParser {
  private static final ConstructingObjectParser<Sample, Void> SAMPLE =
      new ConstructingObjectParser<>(
          "sample", fields -> new Sample((String) fields[0], (String) fields[1]));

  @SuppressWarnings("unchecked")
  private static final ConstructingObjectParser<List<Sample>, Void> BODY =
      new ConstructingObjectParser<>("vectorize", fields -> (List<Sample>) fields[0]);

  static {
    SAMPLE.declareString(constructorArg(), new ParseField("prompt"));
    SAMPLE.declareString(constructorArg(), new ParseField("completion"));
    BODY.declareObjectArray(constructorArg(), SAMPLE, new ParseField("samples"));
  }

  private SampleListParser() {}

  /**
   * Reads a request's body.
   *
   * @return one sample or more
   * @throws IllegalArgumentException if something is missing, unknown or of the wrong type
   */
  static List<Sample> parse(XContentParser parser) {
    List<Sample> samples = BODY.apply(parser, null);
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("[samples] is empty: give at least one");
    }
    return samples;
  }
}
