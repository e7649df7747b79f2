package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.plugin.handle.ErrorWire;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.PartsWire;
import org.rapidin.plugin.handle.WordsWire;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * The vector of a generation. It follows the versioned body, as in {@link DocumentsResponse}.
 * Version 2 names the key under which the sender keeps the vectors of the tokens, version 3 the
 * parts of modules, version 4 the error of influences, version 5 the words.
 */
final class QueryResponse extends TransportResponse implements LoadReport {
  private static final int VERSION = 5;

  private final int waiting;
  private final QueryGradient gradient;
  private final Optional<GradientKey> lent;

  /**
   * @param lent key of the vectors of tokens that the sender keeps, if it keeps some
   */
  QueryResponse(int waiting, QueryGradient gradient, Optional<GradientKey> lent) {
    this.waiting = waiting;
    this.gradient = gradient;
    this.lent = lent;
  }

  QueryResponse(StreamInput in) throws IOException {
    record Fields(
        int waiting,
        Optional<GradientKey> lent,
        List<ModulePart> parts,
        Optional<InfluenceError> error,
        List<Word> words) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(
                    body.readVInt(),
                    version >= 2
                        ? Optional.ofNullable(body.readOptionalWriteable(GradientKey::new))
                        : Optional.empty(),
                    version >= 3 ? PartsWire.read(body) : List.of(),
                    version >= 4 ? Optional.of(ErrorWire.read(body)) : Optional.empty(),
                    version >= 5 ? WordsWire.read(body) : List.of()));
    waiting = fields.waiting();
    lent = fields.lent();
    QueryGradient read =
        GradientWire.readQuery(in).withParts(fields.parts()).withWords(fields.words());
    gradient = fields.error().map(read::withError).orElse(read);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeVInt(waiting);
          body.writeOptionalWriteable(lent.orElse(null));
          PartsWire.write(body, gradient.parts());
          ErrorWire.write(body, gradient.error());
          WordsWire.write(body, gradient.words());
        });
    GradientWire.writeQuery(out, gradient);
  }

  @Override
  public int waiting() {
    return waiting;
  }

  QueryGradient gradient() {
    return gradient;
  }

  /** Also empty if the sender is of a version that does not name it. */
  Optional<GradientKey> lent() {
    return lent;
  }
}
