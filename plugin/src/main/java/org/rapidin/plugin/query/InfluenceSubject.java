package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.dispatch.GradientWire;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.scan.ScanTicket;

/** What a query asks the influence on: first as the user writes it, later as a gradient. */
sealed interface InfluenceSubject extends Writeable, ToXContentFragment
    permits InfluenceSubject.Generation,
        GenerationSet,
        PreconditionedSet,
        InfluenceSubject.RawVector,
        InfluenceSubject.ByValue,
        InfluenceSubject.ByHandle,
        InfluenceSubject.TimedOut {

  /** The gradient's handle, or null where the gradient itself travels. */
  default GradientHandle handle() {
    return null;
  }

  /**
   * A text that the model generated; its gradient is not computed yet.
   *
   * @param sample prompt and completion, verbatim
   * @param tokens the generated tokens that the query is about
   */
  record Generation(Sample sample, TokenSelection tokens) implements InfluenceSubject {
    public Generation {
      Objects.requireNonNull(tokens, "tokens");
      if (sample.completion().isEmpty()) {
        throw new IllegalArgumentException(
            "[completion] is empty: give the text that the model generated");
      }
      switch (tokens) {
        case TokenSelection.Span(String text) -> requireOccurs(text, sample);
        case TokenSelection.Spans(List<String> texts) ->
            texts.forEach(text -> requireOccurs(text, sample));
        case TokenSelection.All _, TokenSelection.Positions _ -> {}
      }
    }

    private static void requireOccurs(String text, Sample sample) {
      if (text.isEmpty() || !sample.completion().contains(text)) {
        throw new IllegalArgumentException(
            "[tokens] must be a text that occurs in [completion], or positions; got a text of %s characters that does not"
                .formatted(text.length()));
      }
    }

    Generation(StreamInput in) throws IOException {
      this(GradientWire.readSample(in), GradientWire.readSelection(in));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      GradientWire.writeSample(out, sample);
      GradientWire.writeSelection(out, tokens);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.field(GenerationParser.PROMPT, sample.prompt());
      builder.field(GenerationParser.COMPLETION, sample.completion());
      return switch (tokens) {
        case TokenSelection.All all -> builder;
        case TokenSelection.Span(String text) -> builder.field(GenerationParser.TOKENS, text);
        case TokenSelection.Spans(List<String> texts) ->
            builder.field(GenerationParser.TOKENS, texts);
        case TokenSelection.Positions(List<Integer> positions) ->
            builder.field(GenerationParser.TOKENS, positions);
      };
    }

    /** Shows no text, because queries are logged. */
    @Override
    public String toString() {
      return "a generation of %s characters".formatted(sample.completion().length());
    }
  }

  /**
   * A vector of the user's own, before the permission to send one is checked.
   *
   * @param vector length K
   */
  record RawVector(QueryVector vector) implements InfluenceSubject {
    RawVector(StreamInput in) throws IOException {
      this(new QueryVector(in));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      vector.writeTo(out);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.field(InfluenceQueryParser.VECTOR, vector.toString());
    }
  }

  /**
   * A gradient itself, for requests to a single shard that is given no time to fetch it ({@code
   * _explain}).
   *
   * @param gradient what the shard ranks by
   */
  record ByValue(ResolvedGradient gradient) implements InfluenceSubject {
    ByValue(StreamInput in) throws IOException {
      this(ResolvedGradient.read(in));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      gradient.writeTo(out);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.field(InfluenceQueryParser.VECTOR, gradient.vector().toString());
    }
  }

  /**
   * Where the gradient is.
   *
   * @param handle travels to the shards
   * @param fetched what the shard ranks by, or null before the shard has fetched it; never written
   * @param ticket of the shard's request, or null if it has none; never written
   * @param several whether the gradient has several vectors, of which the largest product counts
   */
  record ByHandle(
      GradientHandle handle, ResolvedGradient fetched, ScanTicket ticket, boolean several)
      implements InfluenceSubject {
    ByHandle(GradientHandle handle, ResolvedGradient fetched) {
      this(handle, fetched, null, false);
    }

    ByHandle(StreamInput in, boolean several) throws IOException {
      this(new GradientHandle(in), null, null, several);
    }

    /** A gradient that the shard has not fetched. */
    static ByHandle of(GradientHandle handle, boolean several) {
      return new ByHandle(handle, null, null, several);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      handle.writeTo(out);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.field(InfluenceQueryParser.VECTOR, toString());
    }

    GradientKey key() {
      return handle.key();
    }

    /** Equal gradients are equal wherever they are. */
    @Override
    public boolean equals(Object other) {
      return other instanceof ByHandle that && key().equals(that.key());
    }

    @Override
    public int hashCode() {
      return key().hashCode();
    }

    @Override
    public String toString() {
      return "a gradient on node [%s], not shown".formatted(handle.holder());
    }
  }

  /** A generation whose gradient was not computed within the timeout of the search. */
  record TimedOut() implements InfluenceSubject {
    @Override
    public void writeTo(StreamOutput out) {}

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      return builder.field("timed_out", true);
    }
  }

  /** Writes a subject so that {@link #read} recognises its kind. */
  static void write(InfluenceSubject subject, StreamOutput out) throws IOException {
    out.writeByte(
        switch (subject) {
          case Generation generation -> (byte) 0;
          case RawVector raw -> (byte) 1;
          case ByValue value -> (byte) 2;
          case ByHandle handle -> handle.several() ? (byte) 6 : (byte) 3;
          case TimedOut timedOut -> (byte) 4;
          case GenerationSet set -> set.modules().isEmpty() ? (byte) 5 : (byte) 7;
          case PreconditionedSet set -> (byte) 8;
        });
    subject.writeTo(out);
  }

  /** Reads what {@link #write} wrote. */
  static InfluenceSubject read(StreamInput in) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case 0 -> new Generation(in);
      case 1 -> new RawVector(in);
      case 2 -> new ByValue(in);
      case 3 -> new ByHandle(in, false);
      case 4 -> new TimedOut();
      case 5 -> new GenerationSet(in, false);
      case 6 -> new ByHandle(in, true);
      case 7 -> new GenerationSet(in, true);
      case 8 -> new PreconditionedSet(in);
      default -> throw new IOException("unknown kind of influence subject [%s]".formatted(kind));
    };
  }
}
