package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Computes the parts that the tokens of a hit have in its influence. It runs a model, so it has its
 * own permission, checked with the identity of the user who searches. It is executed on the node
 * that coordinates the search.
 */
public final class TrainingTokensAction extends ActionType<TrainingTokensAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/gradient/training_tokens";

  /** The only instance. */
  public static final TrainingTokensAction INSTANCE = new TrainingTokensAction();

  private static final int VERSION = 1;
  // Version 2 added the words.
  private static final int RESPONSE_VERSION = 2;

  private TrainingTokensAction() {
    super(NAME, Response::new);
  }

  /** A document's text and the vectors that it is asked about. */
  public static final class Request extends ActionRequest {
    private final String attributor;
    private final String fingerprint;
    private final Sample document;
    private final List<float[]> vectors;

    /**
     * Makes a request.
     *
     * @param attributor id
     * @param fingerprint that the attributor must have
     * @param vectors at least one, float32, length K; not to be changed
     */
    public Request(String attributor, String fingerprint, Sample document, List<float[]> vectors) {
      this.attributor = attributor;
      this.fingerprint = fingerprint;
      this.document = document;
      this.vectors = List.copyOf(vectors);
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      record Fields(String attributor, String fingerprint, Sample document) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(body.readString(), body.readString(), GradientWire.readSample(body)));
      attributor = fields.attributor();
      fingerprint = fields.fingerprint();
      document = fields.document();
      vectors = in.readList(StreamInput::readFloatArray);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(attributor);
            body.writeString(fingerprint);
            GradientWire.writeSample(body, document);
          });
      out.writeCollection(vectors, StreamOutput::writeFloatArray);
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public GradientTask createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      return new GradientTask(id, type, action, getDescription(), parent, headers);
    }

    @Override
    public String getDescription() {
      return TrainingTokensRequest.description(attributor, document, vectors.size());
    }

    String attributor() {
      return attributor;
    }

    String fingerprint() {
      return fingerprint;
    }

    Sample document() {
      return document;
    }

    List<float[]> vectors() {
      return vectors;
    }
  }

  /** Holds the parts. */
  public static final class Response extends ActionResponse {
    private final TrainingTokens tokens;

    Response(TrainingTokens tokens) {
      this.tokens = tokens;
    }

    Response(StreamInput in) throws IOException {
      tokens = VersionedBody.read(in, GradientWire::readTrainingTokens);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out, RESPONSE_VERSION, body -> GradientWire.writeTrainingTokens(body, tokens));
    }

    /** One row of numbers a token, one number a vector. */
    public TrainingTokens tokens() {
      return tokens;
    }
  }
}
