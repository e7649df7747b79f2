package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ActionType;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.node.ProgressTask;
import org.rapidin.plugin.wire.VersionedBody;

/** Fits an artefact to vectors or texts of an index and keeps it. */
public final class FitArtefactAction extends ActionType<ArtefactsResponse> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/artefact/fit";

  /** The only instance. */
  public static final FitArtefactAction INSTANCE = new FitArtefactAction();

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
  // Version 2 added types and components, version 3 an attributor.
  private static final int VERSION = 3;

  private FitArtefactAction() {
    super(NAME, ArtefactsResponse::new);
  }

  /** The artefact that is wanted. */
  public static final class Request extends ActionRequest {
    private final String id;
    private final ArtefactSpec spec;
    private final QueryBuilder query;
    private final QueryBuilder evaluationQuery;
    private final boolean storesResult;
    private final boolean fromAnotherNode;

    /**
     * Asks for an artefact.
     *
     * @param body type, index, and field or attributor at least
     * @param query that documents of the sample match; null for all
     * @param evaluationQuery that documents of the second sample match; null for all
     * @param storesResult whether the answer is kept for {@code GET _tasks/{id}}
     * @throws IllegalArgumentException if the id or a value of the body is not possible
     */
    public Request(
        String id,
        Map<String, ?> body,
        QueryBuilder query,
        QueryBuilder evaluationQuery,
        boolean storesResult) {
      if (id == null || !ID.matcher(id).matches()) {
        throw new IllegalArgumentException(
            "artefact id must be 1 to 128 letters, digits, '.', '_', '-', and not begin with '.', got [%s]"
                .formatted(id));
      }
      this.id = id;
      this.spec = ArtefactSpec.fromMap(body);
      requireOneRule(body.get(ArtefactSpec.EVALUATION));
      this.query = query;
      this.evaluationQuery = evaluationQuery;
      this.storesResult = storesResult;
      this.fromAnotherNode = false;
    }

    /** An artefact that is ready has both: the weight follows from the components. */
    private static void requireOneRule(Object evaluation) {
      if (evaluation instanceof Map<?, ?> map
          && map.containsKey(ArtefactSpec.WEIGHT)
          && map.containsKey(ArtefactSpec.COMPONENTS)) {
        throw new IllegalArgumentException(
            "evaluation.components decides evaluation.weight: give one of them");
      }
    }

    Request(StreamInput in) throws IOException {
      record Fields(String id, ArtefactSpec spec) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) -> new Fields(body.readString(), ArtefactSpec.read(version, body)));
      id = fields.id();
      spec = fields.spec();
      query = in.readOptionalNamedWriteable(QueryBuilder.class);
      evaluationQuery = in.readOptionalNamedWriteable(QueryBuilder.class);
      storesResult = false;
      fromAnotherNode = true;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(id);
            spec.writeTo(body);
          });
      out.writeOptionalNamedWriteable(query);
      out.writeOptionalNamedWriteable(evaluationQuery);
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public boolean getShouldStoreResult() {
      return storesResult;
    }

    @Override
    public String getDescription() {
      String what = spec.type() == ArtefactType.PCA ? "texts" : "vectors";
      return "fits artefact [%s] to %s of [%s]".formatted(id, what, spec.index());
    }

    @Override
    public Task createTask(
        long taskId, String type, String action, TaskId parent, Map<String, String> headers) {
      ProgressTask task = new ProgressTask(taskId, type, action, getDescription(), parent, headers);
      task.progress(new FitProgress(0, 0, 0, 0));
      return task;
    }

    /** Returns whether another node sent this on, which chose this one. */
    boolean isFromAnotherNode() {
      return fromAnotherNode;
    }

    String id() {
      return id;
    }

    ArtefactSpec spec() {
      return spec;
    }

    /** Null for all documents. */
    QueryBuilder query() {
      return query;
    }

    /** Null for all documents. */
    QueryBuilder evaluationQuery() {
      return evaluationQuery;
    }
  }
}
