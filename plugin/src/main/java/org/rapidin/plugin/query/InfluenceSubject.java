package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.dispatch.GradientWire;

/** What a query asks the influence on: first as the user says it, in the end as a gradient. */
sealed interface InfluenceSubject extends Writeable
    permits InfluenceSubject.Generation,
        InfluenceSubject.RawVector,
        InfluenceSubject.TimedOut,
        ResolvedGradient {

  /**
   * A text that the model said; its gradient is still to be computed.
   *
   * @param sample prompt and completion, verbatim
   * @param tokens the generated tokens that are asked about
   */
  record Generation(Sample sample, TokenSelection tokens) implements InfluenceSubject {
    public Generation {
      Objects.requireNonNull(tokens, "tokens");
      if (sample.completion().isEmpty()) {
        throw new IllegalArgumentException(
            "[completion] is empty: influence is on what the model said, give its text");
      }
      if (tokens instanceof TokenSelection.Span(String text)
          && (text.isEmpty() || !sample.completion().contains(text))) {
        throw new IllegalArgumentException(
            "[tokens] must be a text that occurs in [completion], or positions; got ["
                + text
                + "]");
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

    /** Shows no text: queries end up in logs. */
    @Override
    public String toString() {
      return "a generation of " + sample.completion().length() + " characters";
    }
  }

  /**
   * A vector of the user's own; whether the user may send one is still to be asked.
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
  }

  /** A generation whose gradient was not computed within the timeout of the search. */
  record TimedOut() implements InfluenceSubject {
    @Override
    public void writeTo(StreamOutput out) {}
  }

  /** Writes a subject so that {@link #read} finds its kind. */
  static void write(InfluenceSubject subject, StreamOutput out) throws IOException {
    out.writeByte(
        switch (subject) {
          case Generation generation -> (byte) 0;
          case RawVector raw -> (byte) 1;
          case ResolvedGradient resolved -> (byte) 2;
          case TimedOut timedOut -> (byte) 3;
        });
    subject.writeTo(out);
  }

  /** Reads what {@link #write} wrote. */
  static InfluenceSubject read(StreamInput in) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case 0 -> new Generation(in);
      case 1 -> new RawVector(in);
      case 2 -> new ResolvedGradient(in);
      case 3 -> new TimedOut();
      default -> throw new IOException("unknown kind of influence subject " + kind);
    };
  }
}
