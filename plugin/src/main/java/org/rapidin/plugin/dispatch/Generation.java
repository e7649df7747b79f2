package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;

/**
 * What a query asks about.
 *
 * @param sample prompt and completion
 * @param selection the generated tokens that count
 * @param perToken whether their own vectors are needed, too
 */
record Generation(Sample sample, TokenSelection selection, boolean perToken) implements Writeable {

  static Generation read(StreamInput in) throws IOException {
    return new Generation(
        GradientWire.readSample(in), GradientWire.readSelection(in), in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    GradientWire.writeSample(out, sample);
    GradientWire.writeSelection(out, selection);
    out.writeBoolean(perToken);
  }

  /** What a task shows; it never quotes the text. */
  String description(String attributor) {
    String tokens =
        switch (selection) {
          case TokenSelection.All() -> "all";
          case TokenSelection.Span(String text) ->
              "a span of %s characters".formatted(text.length());
          case TokenSelection.Spans(List<String> texts) -> "%s spans".formatted(texts.size());
          case TokenSelection.Positions(List<Integer> positions) ->
              "%s positions".formatted(positions.size());
        };
    return "attributor [%s], a generation of [%s] characters, tokens [%s]%s"
        .formatted(
            attributor,
            sample.prompt().length() + sample.completion().length(),
            tokens,
            perToken ? ", one vector each" : "");
  }
}
