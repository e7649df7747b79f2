package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.handle.WordsWire;

/** Reads and writes the values of attribution, which does not import OpenSearch. */
public final class GradientWire {
  private GradientWire() {}

  static void writeAttributor(StreamOutput out, ResolvedAttributor attributor) throws IOException {
    out.writeString(attributor.id());
    out.writeMap(AttributorSpecFormat.toMap(attributor.spec()));
    out.writeString(attributor.fingerprint());
    out.writeDouble(attributor.scoreScale());
  }

  static ResolvedAttributor readAttributor(StreamInput in) throws IOException {
    return new ResolvedAttributor(
        in.readString(),
        AttributorSpecFormat.fromMap(in.readMap()),
        in.readString(),
        in.readDouble());
  }

  /** Writes a sample. */
  public static void writeSample(StreamOutput out, Sample sample) throws IOException {
    out.writeString(sample.prompt());
    out.writeString(sample.completion());
    out.writeCollection(
        sample.fieldText(),
        (to, range) -> {
          to.writeVInt(range.start());
          to.writeVInt(range.end());
        });
  }

  /** Reads a sample. */
  public static Sample readSample(StreamInput in) throws IOException {
    return new Sample(
        in.readString(),
        in.readString(),
        in.readList(from -> new TextRange(from.readVInt(), from.readVInt())));
  }

  /** Writes a result. */
  public static void writeResult(StreamOutput out, GradientResult result) throws IOException {
    switch (result) {
      case GradientResult.Vector vector -> {
        out.writeBoolean(true);
        out.writeFloatArray(vector.vector().values());
        out.writeVInt(vector.tokens());
        out.writeBoolean(vector.truncated());
      }
      case GradientResult.Failure failure -> {
        out.writeBoolean(false);
        out.writeString(failure.reason());
      }
    }
  }

  /** Reads a result. */
  public static GradientResult readResult(StreamInput in) throws IOException {
    return in.readBoolean()
        ? new GradientResult.Vector(
            new GradientVector(in.readFloatArray()), in.readVInt(), in.readBoolean())
        : new GradientResult.Failure(in.readString());
  }

  /** Writes a token selection. */
  public static void writeSelection(StreamOutput out, TokenSelection selection) throws IOException {
    switch (selection) {
      case TokenSelection.All all -> out.writeByte((byte) 0);
      case TokenSelection.Span span -> {
        out.writeByte((byte) 1);
        out.writeString(span.text());
      }
      case TokenSelection.Spans spans -> {
        out.writeByte((byte) 3);
        out.writeStringCollection(spans.texts());
      }
      case TokenSelection.Positions positions -> {
        out.writeByte((byte) 2);
        out.writeCollection(positions.positions(), StreamOutput::writeVInt);
      }
    }
  }

  /**
   * Reads a token selection.
   *
   * @throws IOException if the stream holds no selection
   */
  public static TokenSelection readSelection(StreamInput in) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case 0 -> new TokenSelection.All();
      case 1 -> new TokenSelection.Span(in.readString());
      case 2 -> new TokenSelection.Positions(in.readList(StreamInput::readVInt));
      case 3 -> new TokenSelection.Spans(in.readStringList());
      default -> throw new IOException("unknown kind of token selection [%s]".formatted(kind));
    };
  }

  /** Writes training tokens: the last thing of a body, because a version appends to it. */
  static void writeTrainingTokens(StreamOutput out, TrainingTokens tokens) throws IOException {
    out.writeStringCollection(tokens.tokens());
    out.writeCollection(List.of(tokens.influences()), StreamOutput::writeDoubleArray);
    out.writeBoolean(tokens.truncated());
    WordsWire.write(out, tokens.words());
  }

  /**
   * Reads training tokens.
   *
   * @param version of the body: the first had no words
   */
  static TrainingTokens readTrainingTokens(int version, StreamInput in) throws IOException {
    return new TrainingTokens(
        in.readStringList(),
        in.readList(StreamInput::readDoubleArray).toArray(double[][]::new),
        in.readBoolean(),
        version < 2 ? List.of() : WordsWire.read(in));
  }

  static void writeQuery(StreamOutput out, QueryGradient gradient) throws IOException {
    out.writeFloatArray(gradient.vector());
    out.writeString(gradient.fingerprint());
    out.writeCollection(gradient.tokens(), GradientWire::writeToken);
  }

  static QueryGradient readQuery(StreamInput in) throws IOException {
    float[] vector = in.readFloatArray();
    String fingerprint = in.readString();
    List<QueryGradient.Token> tokens = in.readList(GradientWire::readToken);
    return new QueryGradient(vector, fingerprint, tokens);
  }

  private static void writeToken(StreamOutput out, QueryGradient.Token token) throws IOException {
    out.writeString(token.text());
    out.writeBoolean(token.selected());
    out.writeBoolean(token.vector() != null);
    if (token.vector() != null) {
      out.writeFloatArray(token.vector());
    }
  }

  private static QueryGradient.Token readToken(StreamInput in) throws IOException {
    return new QueryGradient.Token(
        in.readString(), in.readBoolean(), in.readBoolean() ? in.readFloatArray() : null);
  }
}
