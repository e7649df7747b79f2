package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.common.UUIDs;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.spec.SpecObject;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * An artefact without its bytes.
 *
 * @param id its name
 * @param run what its chunks are stored under; another artefact of the same name has another
 * @param task that fits it or did
 * @param created milliseconds since 1970
 * @param spec what was asked for
 * @param vectors whose vectors or gradients it was fitted to
 * @param content empty while it is being fitted
 */
public record StoredArtefact(
    String id,
    String run,
    String task,
    long created,
    ArtefactSpec spec,
    Vectors vectors,
    Optional<Content> content)
    implements Writeable, ToXContentObject {
  private static final int VERSION = 1;
  private static final String STATE = "state";
  private static final String RUN = "run";
  private static final String TASK = "task";
  private static final String CREATED = "created_in_millis";
  private static final String ATTRIBUTOR = ArtefactSpec.ATTRIBUTOR;
  private static final String FINGERPRINT = "fingerprint";
  private static final String LAYERS = "layers";
  private static final String DOCUMENTS = "documents";
  private static final String BYTES = "size_in_bytes";
  private static final String CHUNKS = "chunks";
  private static final String DIGEST = "digest";

  /**
   * Whose vectors or gradients an artefact was fitted to.
   *
   * @param attributor id
   * @param fingerprint of the attributor
   * @param layers how many parts a vector has, over all checkpoints, or how many have components
   */
  public record Vectors(String attributor, String fingerprint, int layers) {}

  /**
   * What was fitted.
   *
   * @param documents that it was fitted to
   * @param bytes how many
   * @param chunks documents of the index that have them
   * @param digest SHA-256 of the bytes in hex
   */
  public record Content(long documents, long bytes, int chunks, String digest) {}

  /**
   * Reads what {@link #toMap} wrote.
   *
   * @throws IllegalArgumentException if it was written by a version with other keys
   */
  static StoredArtefact fromMap(String id, Map<String, ?> map) {
    SpecObject object = new SpecObject("", map);
    Map<String, Object> spec = new LinkedHashMap<>(map);
    spec.keySet()
        .removeAll(
            List.of(
                STATE,
                RUN,
                TASK,
                CREATED,
                ATTRIBUTOR,
                FINGERPRINT,
                LAYERS,
                DOCUMENTS,
                BYTES,
                CHUNKS,
                DIGEST));
    if (ArtefactType.PCA.key().equals(map.get(ArtefactSpec.TYPE))) {
      spec.put(ATTRIBUTOR, map.get(ATTRIBUTOR)); // was asked for
    }
    return new StoredArtefact(
        id,
        object.string(RUN),
        object.string(TASK),
        object.integer(CREATED, 0),
        ArtefactSpec.fromMap(spec),
        new Vectors(
            object.string(ATTRIBUTOR), object.string(FINGERPRINT), object.smallInteger(LAYERS, 0)),
        object.has(DIGEST)
            ? Optional.of(
                new Content(
                    object.integer(DOCUMENTS, 0),
                    object.integer(BYTES, 0),
                    object.smallInteger(CHUNKS, 0),
                    object.string(DIGEST)))
            : Optional.empty());
  }

  /** Returns what is stored and shown, without the id. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>(spec.toMap());
    map.put(STATE, content.isPresent() ? "ready" : "fitting");
    map.put(ATTRIBUTOR, vectors.attributor());
    map.put(FINGERPRINT, vectors.fingerprint());
    map.put(LAYERS, vectors.layers());
    map.put(TASK, task);
    map.put(CREATED, created);
    map.put(RUN, run);
    if (content.isPresent()) {
      map.put(DOCUMENTS, content.get().documents());
      map.put(BYTES, content.get().bytes());
      map.put(CHUNKS, content.get().chunks());
      map.put(DIGEST, content.get().digest());
    }
    return map;
  }

  /** Returns an artefact that is about to be fitted, of a new run. */
  static StoredArtefact begin(String id, TaskId task, ArtefactSpec spec, Vectors vectors) {
    return new StoredArtefact(
        id,
        UUIDs.randomBase64UUID(),
        task.toString(),
        System.currentTimeMillis(),
        spec,
        vectors,
        Optional.empty());
  }

  /** Returns the artefact once it is fitted. */
  StoredArtefact with(Content fitted) {
    return new StoredArtefact(id, run, task, created, spec, vectors, Optional.of(fitted));
  }

  /** Returns the artefact with what its fit decided. */
  StoredArtefact with(ArtefactSpec decided) {
    return new StoredArtefact(id, run, task, created, decided, vectors, content);
  }

  static StoredArtefact read(StreamInput in) throws IOException {
    return VersionedBody.read(in, (version, body) -> fromMap(body.readString(), body.readMap()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeString(id);
          body.writeMap(toMap());
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.map(toMap());
  }
}
